package trial

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/page"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
)

// Folder, in a run's folder, is where specs of chaos leave their schedules and what came of them.
const Folder = "chaos"

// left is what a spec leaves for the page of all.
type left struct {
	Lab     string         `json:"lab"`
	Stage   string         `json:"stage"`
	Effects []chaos.Effect `json:"effects"`
	Trace   chaos.Trace    `json:"trace"`
	Excused int            `json:"excused"`
	Stalled int            `json:"stalled"`
	Faults  int            `json:"faults"`
}

// leave writes the schedule of a spec and what came of it.
func leave(folder string, r record.Result, e storm.Episodic) error {
	if folder == "" {
		return nil
	}
	folder = filepath.Join(folder, Folder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("leave %s: %w", r.Name(), err)
	}
	name := fmt.Sprintf("%s-%s-%s", r.Scenario, r.Mode, r.Lab)
	schedule, err := chaos.MarshalYAML(e.Schedule, fmt.Sprintf("%s: %s", r.Name(), e.Judgement.Result))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".yaml"), schedule, 0o644)
	}
	if err != nil {
		return fmt.Errorf("leave %s: %w", r.Name(), err)
	}
	j := e.Judgement
	text, err := json.Marshal(left{
		Lab: string(r.Lab), Stage: e.Schedule.Stage, Effects: j.Effects, Trace: e.Trace(), Excused: j.Excused, Stalled: j.Stalled, Faults: e.Schedule.Faults(),
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".json"), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("leave %s: %w", r.Name(), err)
	}
	return nil
}

// Page renders what the specs of a run have left in its folder as the page of chaos; there is none when they left nothing.
func (t *Trials) Page(folder string, run record.Run) ([]record.File, error) {
	paths, err := filepath.Glob(filepath.Join(folder, Folder, prefix+"*.json"))
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	r := storm.Report{Schema: storm.ReportSchema, About: storm.About{Run: run.ID, Command: command(run), Started: run.Started}, Seconds: run.Seconds}
	var labs []string
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("chaos page: %w", err)
		}
		var l left
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("chaos page: %s: %w", path, err)
		}
		l.Trace.Number = uint64(i)
		l.Trace.File = filepath.Base(strings.TrimSuffix(path, ".json")) + ".yaml"
		if len(labs) == 0 || labs[len(labs)-1] != l.Lab {
			labs = append(labs, l.Lab)
		}
		if l.Lab == string(lab.Kind) {
			l.Stage = l.Lab + " " + l.Stage
		}
		r.Enter(l.Stage, l.Effects, l.Trace, l.Faults, l.Excused, l.Stalled)
	}
	r.Lab = strings.Join(labs, ",")
	r.Settle()
	text, err := page.Render(r)
	if err != nil {
		return nil, err
	}
	return []record.File{{Name: Folder + "/" + page.File, Content: text}}, nil
}

func command(run record.Run) string {
	text := "bin/vpcgate run --suite chaos"
	if run.Focus != "" {
		text += fmt.Sprintf(" --focus '%s'", run.Focus)
	}
	return text
}
