// Command node is what a control plane lacks to run pods, in one binary: the name it is called by (or its first
// argument) picks kubelet or kube-scheduler.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var parts = map[string]func() *cobra.Command{
	"kubelet":        func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kube-scheduler": func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

// exitWithStandardInput ends the process when its standard input closes, which the kernel does for whoever started
// it however that one died, SIGKILL included.
func exitWithStandardInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Fprintln(os.Stderr, "node: whoever started this is gone, exiting")
	os.Exit(1)
}

func main() {
	args := os.Args
	if _, known := parts[filepath.Base(args[0])]; !known && len(args) > 1 {
		args = args[1:]
	}
	part, known := parts[filepath.Base(args[0])]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: node kubelet|kube-scheduler [flags]")
		os.Exit(2)
	}
	if os.Getenv("CONTROLPLANE_EXIT_WITH_STDIN") != "" {
		go exitWithStandardInput()
	}
	command := part()
	command.SetArgs(args[1:])
	os.Exit(cli.Run(command))
}
