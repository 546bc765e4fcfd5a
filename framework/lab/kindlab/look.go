package kindlab

import (
	"context"
	"strconv"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// containerPath is where the programs of containers are. They get nothing else of this process's environment.
const containerPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// look runs a program of a running container in its file system and network and returns what it prints: for what is looked at again and
// again. It does not ask the engine, which takes ten times as long (0.3 s against 0.03 s) and two busy cores with it; where the tool
// for that is missing it does. The container's limits do not hold for the program.
func (l *Lab) look(ctx context.Context, container string, pid int, command ...string) (string, error) {
	tool, err := cmd.Find("nsenter")
	if err != nil {
		return l.engine.exec(ctx, container, nil, command...)
	}
	result, err := cmd.Run(ctx, cmd.Command{
		Name: tool, Args: append([]string{"--target", strconv.Itoa(pid), "--mount", "--net", "--", "env", "-i", containerPath}, command...),
	})
	return result.Stdout, err
}
