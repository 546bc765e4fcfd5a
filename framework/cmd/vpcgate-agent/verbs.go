package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/vpcgate/vpcgate/framework/probe"
)

// controlVariable names the control address for all invocations in a container, which inherit its environment.
const controlVariable = "VPCGATE_CONTROL"

// stdio is the control address that stands for standard input and output.
const stdio = "-"

func controlFlag(set *flag.FlagSet, s streams) *string {
	address := s.env(controlVariable)
	if address == "" {
		address = probe.DefaultControl
	}
	return set.String("control", address, "control socket: a path, or @name for an abstract one (also $"+controlVariable+")")
}

// listeners is a flag of comma-separated listeners.
type listeners []probe.Listener

// String implements flag.Value.
func (l *listeners) String() string {
	names := make([]string, 0, len(*l))
	for _, one := range *l {
		names = append(names, one.String())
	}
	return strings.Join(names, ",")
}

// Set implements flag.Value. It may be called again and then adds.
func (l *listeners) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			continue
		}
		one, err := probe.ParseListener(name)
		if err != nil {
			return err
		}
		*l = append(*l, one)
	}
	return probe.ValidateListeners(*l)
}

func listenFlag(set *flag.FlagSet) *listeners {
	var l listeners
	set.Var(&l, "listen", "what to serve, comma-separated: tcp/PORT, udp/PORT, icmp, each with an optional @ADDRESS")
	return &l
}

// serve answers questions until ctx ends, or until standard input does if that is the control connection.
func serve(ctx context.Context, s streams, args []string) error {
	set := flag.NewFlagSet("serve", flag.ContinueOnError)
	identity := set.String("identity", "", "the name to state to every client (required)")
	control := controlFlag(set, s)
	wanted := listenFlag(set)
	if err := parse(set, s, args); err != nil {
		return err
	}
	if *identity == "" {
		return fmt.Errorf("%w: --identity is required", errUsage)
	}
	agent := probe.NewLocal(*identity, probe.Host())
	if err := agent.Listen(ctx, *wanted); err != nil {
		return errors.Join(err, agent.Close())
	}
	var err error
	if *control == stdio {
		err = agent.ServeConn(ctx, readWriter{s.in, s.out})
	} else {
		err = serveSocket(ctx, s, agent, *control)
	}
	return errors.Join(err, agent.Close())
}

func serveSocket(ctx context.Context, s streams, agent *probe.Local, address string) error {
	listener, err := probe.ListenControl(ctx, address)
	if err != nil {
		return err
	}
	health, err := agent.Health(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := printJSON(s.err, health); err != nil {
		return errors.Join(err, listener.Close())
	}
	return agent.ServeControl(ctx, listener)
}

// readWriter joins the standard streams. It is no io.Closer: the process ends instead.
type readWriter struct {
	io.Reader
	io.Writer
}

// ask puts questions from this process, so it needs no serving agent.
func ask(ctx context.Context, s streams, args []string) error {
	set := flag.NewFlagSet("ask", flag.ContinueOnError)
	text := set.String("questions", "", "a JSON array of questions; without it, one request is read from standard input")
	transcript := set.Bool("transcript", false, "print transcripts in place of JSON")
	if err := parse(set, s, args); err != nil {
		return err
	}
	request, err := requestOf(s, *text)
	if err != nil {
		return err
	}
	answers, err := probe.Ask(ctx, probe.Host(), request.Questions)
	if err != nil {
		return err
	}
	if *transcript {
		for _, a := range answers {
			if _, err := io.WriteString(s.out, a.Transcript); err != nil {
				return fmt.Errorf("print transcript: %w", err)
			}
		}
		return nil
	}
	line, err := probe.EncodeResponse(probe.Response{ID: request.ID, Answers: answers})
	if err != nil {
		return err
	}
	if _, err := s.out.Write(line); err != nil {
		return fmt.Errorf("print answers: %w", err)
	}
	return nil
}

// requestOf returns the request on standard input, or one with the questions of the flag.
func requestOf(s streams, text string) (probe.Request, error) {
	if text != "" {
		questions, err := probe.DecodeQuestions([]byte(text))
		return probe.Request{ID: 1, Op: probe.OpAsk, Questions: questions}, err
	}
	// One byte over the limit is enough to see that it is exceeded.
	line, err := bufio.NewReader(io.LimitReader(s.in, probe.MaxLine+1)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return probe.Request{}, fmt.Errorf("read request: %w", err)
	}
	request, err := probe.DecodeRequest(line)
	if err == nil && request.Op != probe.OpAsk {
		err = fmt.Errorf("request %q: only %q is served here", request.Op, probe.OpAsk)
	}
	return request, err
}

func listen(ctx context.Context, s streams, args []string) error {
	set := flag.NewFlagSet("listen", flag.ContinueOnError)
	control := controlFlag(set, s)
	wanted := listenFlag(set)
	if err := parse(set, s, args); err != nil {
		return err
	}
	return withClient(ctx, *control, func(c *probe.Client) error { return c.Listen(ctx, *wanted) })
}

func sightings(ctx context.Context, s streams, args []string) error {
	set := flag.NewFlagSet("sightings", flag.ContinueOnError)
	control := controlFlag(set, s)
	if err := parse(set, s, args); err != nil {
		return err
	}
	return withClient(ctx, *control, func(c *probe.Client) error {
		seen, err := c.Sightings(ctx)
		if err != nil {
			return err
		}
		return printJSON(s.out, seen)
	})
}

func health(ctx context.Context, s streams, args []string) error {
	set := flag.NewFlagSet("health", flag.ContinueOnError)
	control := controlFlag(set, s)
	if err := parse(set, s, args); err != nil {
		return err
	}
	return withClient(ctx, *control, func(c *probe.Client) error {
		h, err := c.Health(ctx)
		if err != nil {
			return err
		}
		return printJSON(s.out, h)
	})
}

// withClient runs work with a client of the serving agent.
func withClient(ctx context.Context, control string, work func(*probe.Client) error) error {
	client, err := probe.DialControl(ctx, control)
	if err != nil {
		return err
	}
	return errors.Join(work(client), client.Close())
}

func printJSON(w io.Writer, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if _, err := w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
