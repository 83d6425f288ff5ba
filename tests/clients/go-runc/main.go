// SPDX-License-Identifier: LGPL-2.1-or-later

// go-runc RUNTIME BUNDLE CHECK - call the runtime by the library of containerd, and judge what comes back. The bundle's script is
// chosen by the test, see ../go-runc.test. What is wrong is printed, and the status is then 1.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/containerd/console"
	runc "github.com/containerd/go-runc"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

const id = "box"

var checks = map[string]func(*scene){
	"version":              version,
	"list-nothing":         listNothing,
	"create":               create,
	"create-and-start":     createAndStart,
	"create-fails":         createFails,
	"create-on-terminal":   createOnTerminal,
	"descriptors":          descriptors,
	"start-twice":          startTwice,
	"run":                  run,
	"run-detached":         runDetached,
	"state-of-nothing":     stateOfNothing,
	"debug":                debug,
	"exec":                 execInside,
	"exec-status":          execStatus,
	"exec-fails":           execFails,
	"exec-detached":        execDetached,
	"exec-on-terminal":     execOnTerminal,
	"exec-of-a-stopped":    execOfAStopped,
	"kill":                 kill,
	"kill-all":             killAll,
	"kill-of-a-stopped":    killOfAStopped,
	"delete-of-a-running":  deleteOfARunning,
	"delete-of-nothing":    deleteOfNothing,
	"ps":                   ps,
	"top":                  top,
	"pause":                pause,
	"stats":                stats,
	"events":               events,
	"update-nothing":       updateNothing,
	"update":               update,
	"checkpoint":           checkpoint,
	"restore":              restore,
	"process-group":        processGroup,
	"list-of-many":         listOfMany,
	"delete-of-a-created":  deleteOfACreated,
	"force-of-a-created":   forceOfACreated,
	"terminal-of-detached": terminalOfDetached,
}

// A scene is one container and what it prints.
type scene struct {
	ctx    context.Context
	rt     *runc.Runc
	bundle string
	out    *output
}

func main() {
	if len(os.Args) != 4 || checks[os.Args[3]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go-runc RUNTIME BUNDLE CHECK")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	s := &scene{ctx: ctx, rt: &runc.Runc{Command: os.Args[1]}, bundle: os.Args[2]}
	if broken := s.outcome(checks[os.Args[3]]); broken != "" {
		fmt.Println(broken)
		os.Exit(1)
	}
}

//
// Judgements. Each one ends the check when it does not hold; what is left is removed then.
//

type failure string

func (s *scene) fail(format string, args ...interface{}) {
	containers, _ := s.rt.List(s.ctx)
	for _, c := range containers {
		s.rt.Delete(s.ctx, c.ID, &runc.DeleteOpts{Force: true})
	}
	panic(failure(fmt.Sprintf(format, args...)))
}

func (s *scene) outcome(check func(*scene)) (broken failure) {
	defer func() {
		if f, is := recover().(failure); is {
			broken = f
		}
	}()
	check(s)
	return ""
}

func (s *scene) works(what string, err error) {
	if err != nil {
		s.fail("%s: %v", what, err)
	}
}

// refused wants an error whose text matches.
func (s *scene) refused(what string, err error, pattern string) {
	if err == nil {
		s.fail("%s is not refused", what)
	}
	if !regexp.MustCompile("(?i)" + pattern).MatchString(err.Error()) {
		s.fail("%s: the error does not say '%s': %v", what, pattern, err)
	}
}

func (s *scene) equal(what string, expected, got interface{}) {
	if expected != got {
		s.fail("%s: expected '%v', got '%v'", what, expected, got)
	}
}

func (s *scene) eventually(what string, holds func() bool) {
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.fail("never happened: %s", what)
		}
	}
}

func (s *scene) state() *runc.Container {
	c, err := s.rt.State(s.ctx, id)
	s.works("state", err)
	return c
}

func (s *scene) becomes(status string) {
	s.eventually(status, func() bool { return s.state().Status == status })
}

func (s *scene) known() []string {
	containers, err := s.rt.List(s.ctx)
	s.works("list", err)
	names := []string{}
	for _, c := range containers {
		names = append(names, c.ID)
	}
	return names
}

func (s *scene) knowsNothing() {
	s.equal("containers", 0, len(s.known()))
}

//
// Steps
//

// An output is what arrives at the other end of pipes.
type output struct {
	runc.IO
	mutex    sync.Mutex
	out, err bytes.Buffer
	done     sync.WaitGroup
}

func (s *scene) pipes() *output {
	io, err := runc.NewPipeIO(os.Getuid(), os.Getgid())
	s.works("pipes", err)
	o := &output{IO: io}
	o.done.Add(2)
	go o.collect(&o.out, io.Stdout())
	go o.collect(&o.err, io.Stderr())
	return o
}

func (o *output) collect(to *bytes.Buffer, from io.Reader) {
	defer o.done.Done()
	part := make([]byte, 4096)
	for {
		n, err := from.Read(part)
		o.mutex.Lock()
		to.Write(part[:n])
		o.mutex.Unlock()
		if err != nil {
			return
		}
	}
}

// CloseAfterStart is found by the library where it starts something, but not in Run.
func (o *output) CloseAfterStart() error {
	return o.IO.(runc.StartCloser).CloseAfterStart()
}

func (o *output) text() (string, string) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.out.String(), o.err.String()
}

// all waits until nobody can write any more.
func (o *output) all(s *scene) (string, string) {
	closed := make(chan bool)
	go func() { o.done.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		s.fail("the output stays open")
	}
	return o.text()
}

func (s *scene) prints(text string) {
	s.eventually("output '"+text+"'", func() bool { out, _ := s.out.text(); return strings.Contains(out, text) })
}

func (s *scene) created() {
	s.out = s.pipes()
	s.works("create", s.rt.Create(s.ctx, id, s.bundle, &runc.CreateOpts{IO: s.out}))
}

// started has a container whose script has printed "ready".
func (s *scene) started() {
	s.created()
	s.works("start", s.rt.Start(s.ctx, id))
	s.prints("ready\n")
}

func (s *scene) killed() {
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGKILL), nil))
	s.becomes("stopped")
	s.deleted()
}

func (s *scene) deleted() {
	s.works("delete", s.rt.Delete(s.ctx, id, nil))
	s.knowsNothing()
}

// process runs a script, as the bundle's own process does otherwise.
func (s *scene) process(script string) specs.Process {
	var config specs.Spec
	data, err := os.ReadFile(filepath.Join(s.bundle, "config.json"))
	s.works("config.json", err)
	s.works("config.json", json.Unmarshal(data, &config))
	config.Process.Args = []string{"sh", "-c", script}
	return *config.Process
}

func alive(pid int) bool {
	return syscall.Kill(pid, 0) == nil
}

//
// Checks, in the order of the library
//

func version(s *scene) {
	v, err := s.rt.Version(s.ctx)
	s.works("version", err)
	// Only runc's own is read.
	if v.Runc != "" && v.Spec == "" {
		s.fail("a version without that of the specification")
	}
}

func listNothing(s *scene) {
	s.knowsNothing()
}

func listOfMany(s *scene) {
	names := []string{"one", "two.dots", "three_and-more"}
	for _, name := range names {
		null, err := runc.NewNullIO()
		s.works("null", err)
		s.works("create", s.rt.Create(s.ctx, name, s.bundle, &runc.CreateOpts{IO: null}))
	}
	s.equal("containers", len(names), len(s.known()))
	for _, name := range names {
		c, err := s.rt.State(s.ctx, name)
		s.works("state", err)
		s.equal("id", name, c.ID)
		s.works("delete", s.rt.Delete(s.ctx, name, &runc.DeleteOpts{Force: true}))
	}
	s.knowsNothing()
}

func create(s *scene) {
	before := time.Now().Add(-time.Second)
	pidFile := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "pid")
	defer os.Remove(pidFile)
	s.out = s.pipes()
	s.works("create", s.rt.Create(s.ctx, id, s.bundle, &runc.CreateOpts{IO: s.out, PidFile: pidFile}))
	pid, err := runc.ReadPidFile(pidFile)
	s.works("pid file", err)
	c := s.state()
	s.equal("id", id, c.ID)
	s.equal("status", "created", c.Status)
	s.equal("pid", pid, c.Pid)
	s.equal("bundle", s.bundle, c.Bundle)
	s.equal("annotation", "kept", c.Annotations["org.example.note"])
	if c.Created.Before(before) || c.Created.After(time.Now()) {
		s.fail("created at %v?", c.Created)
	}
	if !alive(pid) {
		s.fail("no process %d", pid)
	}
	containers, err := s.rt.List(s.ctx)
	s.works("list", err)
	s.equal("containers", 1, len(containers))
	s.equal("id in the list", id, containers[0].ID)
	s.equal("status in the list", "created", containers[0].Status)
	s.equal("pid in the list", pid, containers[0].Pid)
	s.equal("bundle in the list", s.bundle, containers[0].Bundle)
	out, _ := s.out.text()
	s.equal("output before the start", "", out)
	s.works("start", s.rt.Start(s.ctx, id))
	s.prints("ready\n")
	s.equal("status", "running", s.state().Status)
	s.killed()
}

func createAndStart(s *scene) {
	s.created()
	s.works("start", s.rt.Start(s.ctx, id))
	_, err := io.WriteString(s.out.Stdin(), "text\n")
	s.works("input", err)
	s.works("end of input", s.out.Stdin().Close())
	out, text := s.out.all(s)
	s.equal("output", "got text\n", out)
	s.equal("errors", "error\n", text)
	s.becomes("stopped")
	s.deleted()
}

// createFails looks where containerd looks for the reason: in the log.
func createFails(s *scene) {
	s.rt.Log = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "log.json")
	s.rt.LogFormat = runc.JSON
	defer os.Remove(s.rt.Log)
	null, err := runc.NewNullIO()
	s.works("null", err)
	err = s.rt.Create(s.ctx, id, s.bundle, &runc.CreateOpts{IO: null})
	s.refused("create", err, "exit status 1")
	log, err := os.Open(s.rt.Log)
	s.works("log", err)
	defer log.Close()
	last := struct{ Level, Msg, Time string }{}
	for lines := bufio.NewScanner(log); lines.Scan(); {
		s.works("log line", json.Unmarshal(lines.Bytes(), &last))
	}
	s.equal("level", "error", last.Level)
	if !strings.Contains(last.Msg, "/no/such/command") {
		s.fail("the log does not say why: %s", last.Msg)
	}
	if _, err := time.Parse(time.RFC3339, last.Time); err != nil {
		s.fail("no time: %v", err)
	}
	s.rt.Log = ""
	s.knowsNothing()
}

// terminal is the other end of the socket that a terminal is sent to.
type terminal struct {
	console.Console
	text chan string
}

func (s *scene) receive(socket *runc.Socket) *terminal {
	var t terminal
	var err error
	got := make(chan bool)
	go func() { t.Console, err = socket.ReceiveMaster(); close(got) }()
	select {
	case <-got:
		s.works("terminal", err)
	case <-time.After(30 * time.Second):
		s.fail("no terminal arrives")
	}
	t.text = make(chan string, 64)
	go func() {
		part := make([]byte, 4096)
		for {
			n, err := t.Read(part)
			t.text <- string(part[:n])
			if err != nil {
				close(t.text)
				return
			}
		}
	}()
	return &t
}

func (s *scene) socket() *runc.Socket {
	socket, err := runc.NewTempConsoleSocket()
	s.works("socket", err)
	return socket
}

func (s *scene) shows(t *terminal, text string) {
	seen := ""
	for limit := time.After(30 * time.Second); !strings.Contains(seen, text); {
		select {
		case part, open := <-t.text:
			seen += part
			if !open {
				s.fail("the terminal is closed, and '%s' is not in '%s'", text, seen)
			}
		case <-limit:
			s.fail("the terminal does not show '%s': '%s'", text, seen)
		}
	}
}

// talk has a script on a terminal that waits for a line after it has printed "ready", and then prints line and size.
func (s *scene) talk(t *terminal) {
	s.shows(t, "ready")
	s.works("resize", t.Resize(console.WinSize{Height: 33, Width: 99}))
	_, err := t.Write([]byte("text\r"))
	s.works("typing", err)
	s.shows(t, "got text on 33 99")
}

func createOnTerminal(s *scene) {
	socket := s.socket()
	defer socket.Close()
	s.works("create", s.rt.Create(s.ctx, id, s.bundle, &runc.CreateOpts{ConsoleSocket: socket}))
	t := s.receive(socket)
	defer t.Close()
	s.works("start", s.rt.Start(s.ctx, id))
	s.talk(t)
	s.becomes("stopped")
	s.deleted()
}

func terminalOfDetached(s *scene) {
	socket := s.socket()
	defer socket.Close()
	status, err := s.rt.Run(s.ctx, id, s.bundle, &runc.CreateOpts{ConsoleSocket: socket, Detach: true})
	s.works("run", err)
	s.equal("status", 0, status)
	t := s.receive(socket)
	defer t.Close()
	s.talk(t)
	s.becomes("stopped")
	s.deleted()
}

func descriptors(s *scene) {
	r, w, err := os.Pipe()
	s.works("pipe", err)
	_, err = w.WriteString("through a pipe\n")
	s.works("pipe", err)
	s.works("pipe", w.Close())
	s.out = s.pipes()
	s.works("create", s.rt.Create(s.ctx, id, s.bundle, &runc.CreateOpts{IO: s.out, ExtraFiles: []*os.File{r}}))
	s.works("start", s.rt.Start(s.ctx, id))
	out, _ := s.out.all(s)
	s.equal("output", "through a pipe\n", out)
	s.becomes("stopped")
	s.deleted()
}

func startTwice(s *scene) {
	s.started()
	s.refused("another start", s.rt.Start(s.ctx, id), "running|stopped|created|exec.fifo")
	s.equal("status", "running", s.state().Status)
	s.killed()
}

// statusOf is that of the runtime, in the library's error.
func (s *scene) statusOf(err error) int {
	var e *runc.ExitError
	if err == nil {
		return 0
	}
	if !errors.As(err, &e) {
		s.fail("no exit status: %v", err)
	}
	return e.Status
}

func run(s *scene) {
	s.out = s.pipes()
	go func() {
		io.WriteString(s.out.Stdin(), "text\n")
		s.out.Stdin().Close()
	}()
	status, err := s.rt.Run(s.ctx, id, s.bundle, &runc.CreateOpts{IO: s.out})
	s.equal("status", 7, status)
	s.equal("status in the error", 7, s.statusOf(err))
	s.out.CloseAfterStart()
	out, text := s.out.all(s)
	s.equal("output", "got text\n", out)
	s.equal("errors", "error\n", text)
	s.knowsNothing()
}

func runDetached(s *scene) {
	pidFile := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "pid")
	defer os.Remove(pidFile)
	s.out = s.pipes()
	status, err := s.rt.Run(s.ctx, id, s.bundle, &runc.CreateOpts{IO: s.out, Detach: true, PidFile: pidFile, NoNewKeyring: true})
	s.works("run", err)
	s.equal("status", 0, status)
	pid, err := runc.ReadPidFile(pidFile)
	s.works("pid file", err)
	s.equal("pid", pid, s.state().Pid)
	s.prints("ready\n")
	s.equal("status", "running", s.state().Status)
	s.killed()
}

func stateOfNothing(s *scene) {
	_, err := s.rt.State(s.ctx, "nothing")
	s.refused("state", err, "exit status 1")
	s.refused("state", err, "does not exist|no such file")
}

// debug has all global options of the library. Nothing but the state may be on stdout and stderr then.
func debug(s *scene) {
	yes := true
	s.rt.Debug = true
	s.rt.Log = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "log.json")
	s.rt.LogFormat = runc.JSON
	s.rt.Root = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "other", "root")
	s.rt.Rootless = &yes
	defer os.Remove(s.rt.Log)
	defer os.RemoveAll(filepath.Dir(s.rt.Root))
	s.started()
	s.equal("status", "running", s.state().Status)
	pids, err := s.rt.Ps(s.ctx, id)
	s.works("ps", err)
	s.equal("first process", s.state().Pid, pids[0])
	s.killed()
	log, err := os.ReadFile(s.rt.Log)
	s.works("log", err)
	for _, line := range strings.Split(strings.TrimSpace(string(log)), "\n") {
		if !json.Valid([]byte(line)) {
			s.fail("no JSON in the log: %s", line)
		}
	}
}

func execInside(s *scene) {
	s.started()
	p := s.process(`echo "in $PWD as $(id -u):$(id -g) with $WORD and $(cat)"; echo error >&2`)
	p.Cwd = "/tmp"
	p.Env = append(p.Env, "WORD=word")
	out := s.pipes()
	go func() {
		io.WriteString(out.Stdin(), "text\n")
		out.Stdin().Close()
	}()
	begun := make(chan int, 1)
	s.works("exec", s.rt.Exec(s.ctx, id, p, &runc.ExecOpts{IO: out, Started: begun}))
	if pid := <-begun; pid <= 0 {
		s.fail("started as %d", pid)
	}
	text, complaint := out.all(s)
	s.equal("output", "in /tmp as 0:0 with word and text\n", text)
	s.equal("errors", "error\n", complaint)
	s.killed()
}

func execStatus(s *scene) {
	s.started()
	s.equal("status", 5, s.statusOf(s.rt.Exec(s.ctx, id, s.process("exit 5"), &runc.ExecOpts{})))
	s.equal("status of the killed", 137, s.statusOf(s.rt.Exec(s.ctx, id, s.process("kill -KILL $$"), &runc.ExecOpts{})))
	// Without other places for it, the output comes back with the error.
	err := s.rt.Exec(s.ctx, id, s.process("echo something; exit 3"), &runc.ExecOpts{})
	s.refused("exec", err, "exit status 3: something")
	s.killed()
}

func execFails(s *scene) {
	s.started()
	p := s.process("")
	p.Args = []string{"/no/such/command"}
	s.refused("exec", s.rt.Exec(s.ctx, id, p, &runc.ExecOpts{}), "/no/such/command")
	s.equal("status", "running", s.state().Status)
	s.killed()
}

func execDetached(s *scene) {
	s.started()
	pidFile := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "pid")
	defer os.Remove(pidFile)
	out := s.pipes()
	s.works("exec", s.rt.Exec(s.ctx, id, s.process("echo begun; exec sleep 1000"), &runc.ExecOpts{IO: out, Detach: true, PidFile: pidFile}))
	pid, err := runc.ReadPidFile(pidFile)
	s.works("pid file", err)
	s.eventually("output", func() bool { text, _ := out.text(); return text == "begun\n" })
	pids, err := s.rt.Ps(s.ctx, id)
	s.works("ps", err)
	found := false
	for _, p := range pids {
		found = found || p == pid
	}
	if !found {
		s.fail("%d is not in %v", pid, pids)
	}
	s.killed()
	s.eventually("its end with the container", func() bool { return !alive(pid) })
}

// execOnTerminal is how containerd does it: the runtime is gone when the command runs.
func execOnTerminal(s *scene) {
	s.started()
	socket := s.socket()
	defer socket.Close()
	pidFile := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "pid")
	defer os.Remove(pidFile)
	p := s.process(`echo ready; read word; echo "got $word on $(stty size)"`)
	p.Terminal = true
	s.works("exec", s.rt.Exec(s.ctx, id, p, &runc.ExecOpts{ConsoleSocket: socket, Detach: true, PidFile: pidFile}))
	pid, err := runc.ReadPidFile(pidFile)
	s.works("pid file", err)
	t := s.receive(socket)
	defer t.Close()
	s.talk(t)
	s.eventually("its end", func() bool { return !alive(pid) })
	s.killed()
}

func execOfAStopped(s *scene) {
	s.started()
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGKILL), nil))
	s.becomes("stopped")
	s.refused("exec", s.rt.Exec(s.ctx, id, s.process("true"), &runc.ExecOpts{}), "stopped|not running")
	s.deleted()
}

func kill(s *scene) {
	s.started()
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGUSR1), nil))
	s.prints("USR1\n")
	s.equal("status", "running", s.state().Status)
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGTERM), &runc.KillOpts{}))
	s.prints("TERM\n")
	s.becomes("stopped")
	s.deleted()
}

// killAll has a container with two processes that tell about signals.
func killAll(s *scene) {
	s.started()
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGUSR1), &runc.KillOpts{All: true}))
	s.prints("first\n")
	s.prints("second\n")
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGKILL), &runc.KillOpts{All: true}))
	s.becomes("stopped")
	s.deleted()
}

// killOfAStopped is what containerd does at the end of each container. It knows these words.
func killOfAStopped(s *scene) {
	s.started()
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGKILL), nil))
	s.becomes("stopped")
	s.refused("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGTERM), nil), "os: process already finished|container not running|no such process")
	s.deleted()
	s.refused("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGTERM), nil), "does not exist|no such file")
}

func deleteOfARunning(s *scene) {
	s.started()
	pid := s.state().Pid
	s.refused("delete", s.rt.Delete(s.ctx, id, nil), "running|stopped")
	s.equal("status", "running", s.state().Status)
	s.works("delete by force", s.rt.Delete(s.ctx, id, &runc.DeleteOpts{Force: true}))
	s.knowsNothing()
	s.eventually("its end", func() bool { return !alive(pid) })
}

func deleteOfACreated(s *scene) {
	s.created()
	pid := s.state().Pid
	s.deleted()
	s.eventually("its end", func() bool { return !alive(pid) })
	out, _ := s.out.all(s)
	s.equal("output", "", out)
}

func forceOfACreated(s *scene) {
	s.created()
	s.works("delete by force", s.rt.Delete(s.ctx, id, &runc.DeleteOpts{Force: true}))
	s.knowsNothing()
	out, _ := s.out.all(s)
	s.equal("output", "", out)
}

func deleteOfNothing(s *scene) {
	s.refused("delete", s.rt.Delete(s.ctx, "nothing", nil), "does not exist|no such file")
	s.works("delete by force", s.rt.Delete(s.ctx, "nothing", &runc.DeleteOpts{Force: true}))
}

func ps(s *scene) {
	s.started()
	pids, err := s.rt.Ps(s.ctx, id)
	s.works("ps", err)
	s.equal("processes", 2, len(pids))
	first := false
	for _, pid := range pids {
		first = first || pid == s.state().Pid
		if !alive(pid) {
			s.fail("no process %d", pid)
		}
	}
	s.equal("with the first process", true, first)
	s.killed()
}

func top(s *scene) {
	s.started()
	// The library hands all options on as one word.
	for _, options := range []string{"-ef", "aux", "-eopid,comm"} {
		t, err := s.rt.Top(s.ctx, id, options)
		s.works("top", err)
		column := -1
		for i, header := range t.Headers {
			if header == "PID" {
				column = i
			}
		}
		if column < 0 {
			s.fail("no column PID in %v", t.Headers)
		}
		s.equal("processes", 2, len(t.Processes))
		s.equal("columns", len(t.Headers), len(t.Processes[0]))
		// In the order of their numbers, which begin again at the limit.
		first := fmt.Sprint(s.state().Pid)
		if t.Processes[0][column] != first && t.Processes[1][column] != first {
			s.fail("no process %s in %v", first, t.Processes)
		}
	}
	s.killed()
}

func pause(s *scene) {
	size := func() int { out, _ := s.out.text(); return len(out) }
	s.started()
	s.works("pause", s.rt.Pause(s.ctx, id))
	s.equal("status", "paused", s.state().Status)
	before := 0
	s.eventually("an end of the output", func() bool {
		before = size()
		time.Sleep(500 * time.Millisecond)
		return size() == before
	})
	s.works("resume", s.rt.Resume(s.ctx, id))
	s.equal("status", "running", s.state().Status)
	s.eventually("more output", func() bool { return size() > before })
	s.killed()
}

// tooLate: the library closes the pipe when the runtime has ended, sometimes before it has read all.
func tooLate(err error) bool {
	return errors.Is(err, os.ErrClosed)
}

func isUsed(u *runc.Stats) bool {
	return u != nil && u.Cpu.Usage.Total > 0 && u.Memory.Usage.Usage > 0 && u.Pids.Current > 0
}

func stats(s *scene) {
	s.started()
	s.eventually("something is used", func() bool {
		u, err := s.rt.Stats(s.ctx, id)
		if tooLate(err) {
			return false
		}
		s.works("stats", err)
		return isUsed(u)
	})
	s.killed()
}

func events(s *scene) {
	s.started()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	all, err := s.rt.Events(ctx, id, time.Second)
	s.works("events", err)
	for n := 0; n < 2; n++ {
		select {
		case e, open := <-all:
			if !open {
				s.fail("no more events after %d", n)
			}
			s.works("event", e.Err)
			s.equal("type", "stats", e.Type)
			s.equal("id", id, e.ID)
			// The first one may come before the kernel has counted anything.
			if n > 0 && !isUsed(e.Stats) {
				s.fail("nothing is used: %+v", e.Stats)
			}
		case <-time.After(30 * time.Second):
			s.fail("no event")
		}
	}
	s.works("kill", s.rt.Kill(s.ctx, id, int(syscall.SIGKILL), nil))
	s.becomes("stopped")
	// They end with the container.
	for limit := time.After(30 * time.Second); all != nil; {
		select {
		case e, open := <-all:
			if !open || tooLate(e.Err) {
				all = nil
			} else if e.Err != nil {
				s.fail("event: %v", e.Err)
			}
		case <-limit:
			s.fail("the events do not end")
		}
	}
	s.deleted()
}

func updateNothing(s *scene) {
	s.started()
	s.works("update", s.rt.Update(s.ctx, id, &specs.LinuxResources{}))
	s.killed()
}

// update is either done, or refused with the reason: a limit may not get lost.
func update(s *scene) {
	s.started()
	limit := int64(50)
	err := s.rt.Update(s.ctx, id, &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: limit}})
	if err != nil {
		s.refused("update", err, "cgroup")
	} else {
		u, err := s.rt.Stats(s.ctx, id)
		s.works("stats", err)
		s.equal("limit", uint64(limit), u.Pids.Limit)
	}
	s.equal("status", "running", s.state().Status)
	s.killed()
}

var everyOption = runc.CheckpointOpts{
	AllowOpenTCP:             true,
	AllowExternalUnixSockets: true,
	AllowTerminal:            true,
	FileLocks:                true,
	Cgroups:                  runc.Soft,
	EmptyNamespaces:          []string{"network"},
}

func checkpoint(s *scene) {
	s.started()
	options := everyOption
	options.ImagePath = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "image")
	options.WorkDir = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "work")
	defer os.RemoveAll(options.ImagePath)
	defer os.RemoveAll(options.WorkDir)
	s.refused("checkpoint", s.rt.Checkpoint(s.ctx, id, &options, runc.LeaveRunning), "criu|not supported")
	s.equal("status", "running", s.state().Status)
	s.killed()
}

func restore(s *scene) {
	options := runc.RestoreOpts{CheckpointOpts: everyOption, IO: s.pipes(), Detach: true, NoSubreaper: true, NoPivot: true}
	options.ImagePath = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "image")
	s.works("directory", os.Mkdir(options.ImagePath, 0700))
	defer os.RemoveAll(options.ImagePath)
	status, err := s.rt.Restore(s.ctx, id, s.bundle, &options)
	s.refused("restore", err, "exit status")
	s.equal("status", s.statusOf(err), status)
	out, text := options.IO.(*output).all(s)
	s.refused("restore", errors.New(out+text), "criu|not supported")
	s.knowsNothing()
}

// processGroup starts the runtime as containerd does. What it makes must outlive it, and not hear the signals of its group.
func processGroup(s *scene) {
	s.rt.Setpgid = true
	s.rt.PdeathSignal = syscall.SIGKILL
	s.started()
	pid := s.state().Pid
	group, err := syscall.Getpgid(pid)
	s.works("process group", err)
	s.equal("process group", pid, group)
	s.killed()
}
