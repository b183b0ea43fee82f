// Command controlplane is every part of the test control plane in one binary: the name it is called by
// (or its first argument) picks the part. One binary shares what the parts have in common, so it is built once.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

var parts = map[string]func(args []string) int{
	"etcd": func(args []string) int {
		etcdmain.Main(args)
		return 0
	},
	"kube-apiserver": func(args []string) int {
		command := apiserver.NewAPIServerCommand()
		command.SetArgs(args[1:])
		return cli.Run(command)
	},
	"kube-controller-manager": func(args []string) int {
		command := controllermanager.NewControllerManagerCommand()
		command.SetArgs(args[1:])
		return cli.Run(command)
	},
	"cert-manager": runCertManager,
	"kubectl": func(args []string) int {
		os.Args = args // kubectl looks for its plugins and its own name there
		kubectlutil.CheckErr(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()))
		return 0
	},
}

// exitWithStandardInput ends the process when its standard input closes, which the kernel does for whoever started
// it however that one died, SIGKILL included. It is asked for by the environment: kubectl reads its standard input.
func exitWithStandardInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Fprintln(os.Stderr, "controlplane: whoever started this is gone, exiting")
	os.Exit(1)
}

func main() {
	args := os.Args
	if _, known := parts[filepath.Base(args[0])]; !known && len(args) > 1 {
		args = args[1:]
	}
	run, known := parts[filepath.Base(args[0])]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: controlplane etcd|kube-apiserver|kube-controller-manager|cert-manager|kubectl [flags]")
		os.Exit(2)
	}
	if os.Getenv("CONTROLPLANE_EXIT_WITH_STDIN") != "" {
		go exitWithStandardInput()
	}
	os.Exit(run(args))
}
