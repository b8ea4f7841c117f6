package engine

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhibiao/warehouse/libchdb"
)

const rivalMarker = "ZHIBIAO_TEST_RIVAL_DIR"

// runIfRival makes this process a second parent: it starts an engine on the
// folder named by the environment, says so, and waits to be killed.
func runIfRival() {
	dir := os.Getenv(rivalMarker)
	if dir == "" {
		return
	}
	library, err := libchdb.Path()
	if err == nil {
		var e *Engine
		if e, err = Start(context.Background(), configFor(dir, library)); err == nil {
			fmt.Println("ready " + e.HTTPAddr())
			<-e.Done()
		}
	}
	fmt.Println("error", err)
	os.Exit(1)
}

// rival starts such a process and gives its first line.
func rival(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), rivalMarker+"="+dir)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the other process said nothing: %v", err)
	}
	return command, strings.TrimSpace(line)
}

func TestASecondEngineOnTheFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := started(t, dir, nil)
	want := fmt.Sprintf("the warehouse in %s is already open in process %d", first.config.Dir, os.Getpid())
	t.Run("in the same process", func(t *testing.T) {
		if second, err := Start(t.Context(), configFor(dir, shared.config.Library)); err == nil {
			second.Close(t.Context())
			t.Error("a second engine started")
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("in another process", func(t *testing.T) {
		if _, line := rival(t, dir); !strings.Contains(line, want) {
			t.Errorf("the other process said %q", line)
		}
	})
	t.Run("by libchdb itself", func(t *testing.T) {
		// Without the parent's lock the child must still refuse, and say why.
		e := &Engine{config: first.config, listeners: first.listeners}
		if child, err := e.spawn(t.Context()); err == nil {
			child.kill()
			<-child.exited
			t.Error("a second child opened the folder")
		} else if !strings.Contains(err.Error(), "Cannot lock file") {
			t.Errorf("the error lacks libchdb's reason: %v", err)
		}
	})
}

func TestAKilledParentLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	parent, line := rival(t, dir)
	if !strings.HasPrefix(line, "ready ") {
		t.Fatalf("the other process said %q", line)
	}
	childOf(t, filepath.Join(dir, "warehouse"))
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	began := time.Now()
	again := started(t, dir, nil)
	t.Logf("the folder opened again after %v", time.Since(began))
	childOf(t, again.config.Dir) // exactly one: the old child is gone
}
