/** What commands that wait for somebody else end with where nothing was decided in time: neither done nor refused. */
export const undecidedExitCode = 3;
