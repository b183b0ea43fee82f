// Has all that test-image needs in the cache: in the network of its own it reaches no registry.
import { buildControlPlane } from '../controlplane/build.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { helmProgram } from '../tools/helm.ts';
import { containerPrograms } from './programs.ts';

const environment = readEnvironment();
await buildControlPlane(environment, process.stderr);
await containerPrograms(environment, process.stderr);
await helmProgram(4, environment, process.stderr);
