package contract

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

const (
	waitMax     = 20 * time.Second // for one thing that a scenario wants to see
	scenarioMax = 3 * waitMax
	pollMax     = 100 * time.Millisecond // before something else is looked at
)

// Bootstrap is where the broker is.
func Bootstrap() string { return os.Getenv("BOOTSTRAP") }

// scenario is one run of one scenario.
type scenario struct {
	context.Context
	lib    Library
	prefix string
	topic  string // also the name of the group and the transactional id
}

var scenarios = merge(producing, transactions, consuming, groups, administration)

// Main runs the scenarios that the environment names with a library, and prints what came of them.
func Main(lib Library) {
	say(map[string]any{"client": os.Getenv("PROGRAM"), "version": version(lib.Module())})
	for _, name := range strings.Fields(os.Getenv("SCENARIOS")) {
		line := map[string]any{"scenario": name, "ok": true}
		began := time.Now()
		if err := run(lib, name); err != nil {
			line["ok"], line["why"] = false, err.Error()
		}
		fmt.Fprintf(os.Stderr, "%s: %d ms\n", name, time.Since(began).Milliseconds())
		say(line)
	}
}

func run(lib Library, name string) (err error) {
	do, known := scenarios[name]
	if !known {
		return fmt.Errorf("no such scenario")
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), scenarioMax)
	defer cancel()
	prefix := os.Getenv("PREFIX")
	return do(&scenario{ctx, lib, prefix, prefix + "-" + name})
}

func say(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// version is what the build says was linked, not what was asked for.
func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "unknown"
}

var answers = bufio.NewReader(os.Stdin)

// askForRestart returns when the broker was killed and is back.
func askForRestart() error {
	say(map[string]any{"ask": "restart"})
	answer, err := answers.ReadString('\n')
	if err == nil && strings.TrimSpace(answer) != "done" {
		err = fmt.Errorf("the harness answered %q", answer)
	}
	return err
}

func merge(tables ...map[string]func(*scenario) error) map[string]func(*scenario) error {
	all := map[string]func(*scenario) error{}
	for _, table := range tables {
		for name, do := range table {
			all[name] = do
		}
	}
	return all
}
