package probe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
)

// Version is the version of the wire format. A peer that speaks another version is refused.
const Version = 2

// MaxLine is the size in bytes, newline included, beyond which an envelope is rejected.
const MaxLine = 1 << 20

// Errors of the wire format, to be matched with errors.Is.
var (
	// ErrMalformed marks input that is not an envelope: bad JSON, unknown fields, bad values.
	ErrMalformed = errors.New("malformed")
	// ErrVersion marks an envelope of another version.
	ErrVersion = errors.New("unknown version")
	// ErrTooLarge marks an envelope over MaxLine or a list over its limit.
	ErrTooLarge = errors.New("too large")
)

// Op is what a request wants of an agent.
type Op string

// The operations of the control protocol.
const (
	// OpAsk puts the questions of the request.
	OpAsk Op = "ask"
	// OpListen makes the listeners of the request the ones that are open.
	OpListen Op = "listen"
	// OpSightings returns whom the listeners saw.
	OpSightings Op = "sightings"
	// OpHealth says that the agent lives and what it serves.
	OpHealth Op = "health"
	// OpCancel ends the request whose id it carries. It has no response of its own.
	OpCancel Op = "cancel"
	// OpOpen opens a stream to the first question's endpoint, within the question's timeout.
	OpOpen Op = "open"
	// OpExchange sends one number over a stream and awaits its echo until the request is canceled.
	OpExchange Op = "exchange"
	// OpClose closes a stream, or ends a production.
	OpClose Op = "close"
	// OpProduce begins a production of the first question's use.
	OpProduce Op = "produce"
	// OpTally awaits the end of a production and says what came of it.
	OpTally Op = "tally"
	// OpTraffic sends the traffic of the request. Its responses have More set, but for the last.
	OpTraffic Op = "traffic"
)

// Request is one line from a client to an agent.
type Request struct {
	Version int `json:"version"`
	// ID is chosen by the client; the response carries the same.
	ID        uint64     `json:"id"`
	Op        Op         `json:"op"`
	Questions []Question `json:"questions,omitempty"`
	Listeners []Listener `json:"listeners,omitempty"`
	// Stream names the stream of OpExchange and OpClose, and the production of OpTally and OpClose.
	Stream uint64 `json:"stream,omitempty"`
	// Traffic is what OpTraffic sends.
	Traffic *Traffic `json:"traffic,omitempty"`
}

// Response is one line from an agent to a client.
type Response struct {
	Version   int        `json:"version"`
	ID        uint64     `json:"id"`
	Answers   []Answer   `json:"answers,omitempty"`
	Sightings []Sighting `json:"sightings,omitempty"`
	Health    *Health    `json:"health,omitempty"`
	// Stream is the stream that OpOpen opened or the production that OpProduce began, Sequence the number that
	// OpExchange brought back, Tally what OpTally says.
	Stream   uint64         `json:"stream,omitempty"`
	Sequence uint64         `json:"sequence,omitempty"`
	Tally    *managed.Tally `json:"tally,omitempty"`
	// Events are of OpTraffic, More says that further responses follow, Missed is how many operations could not be begun.
	Events []Event `json:"events,omitempty"`
	More   bool    `json:"more,omitempty"`
	Missed int     `json:"missed,omitempty"`
	// Error is why the request could not be served. The outcome of a question is never an error.
	Error string `json:"error,omitempty"`
	// Outcome is set beside Error when a stream failed, and says how.
	Outcome Outcome `json:"outcome,omitzero"`
}

// EncodeRequest returns the request as one line with its newline. The version is set by the encoder.
func EncodeRequest(r Request) ([]byte, error) {
	r.Version = Version
	return encodeLine("request", r)
}

// DecodeRequest reads one request from one line. It is strict: unknown fields, another version, values out of range
// and anything after the object are errors, which match ErrMalformed, ErrVersion or ErrTooLarge. Beside an error it
// returns at most the request's id, so that the error can be reported to whom it concerns.
func DecodeRequest(line []byte) (Request, error) {
	var r Request
	if err := decodeLine("request", line, &r); err != nil {
		return Request{}, err
	}
	if err := r.validate(); err != nil {
		return Request{ID: r.ID}, fmt.Errorf("decode request: %w", err)
	}
	return r, nil
}

// validate checks what the JSON decoder does not.
func (r Request) validate() error {
	switch {
	case r.Version != Version:
		return fmt.Errorf("version %d: %w: this agent speaks %d", r.Version, ErrVersion, Version)
	case len(r.Listeners) > MaxListeners:
		return fmt.Errorf("%d listeners: %w: at most %d", len(r.Listeners), ErrTooLarge, MaxListeners)
	}
	switch r.Op {
	case OpAsk, OpListen, OpSightings, OpHealth, OpCancel, OpOpen, OpExchange, OpClose, OpProduce, OpTally, OpTraffic:
	default:
		return fmt.Errorf("op %q: %w", r.Op, ErrMalformed)
	}
	if len(r.Questions) > MaxQuestions {
		return ValidateAll(r.Questions)
	}
	if (r.Op == OpOpen || r.Op == OpProduce) && len(r.Questions) != 1 {
		return fmt.Errorf("op %s: %w: want one question", r.Op, ErrMalformed)
	}
	if (r.Op == OpTraffic) != (r.Traffic != nil) {
		return fmt.Errorf("op %s: %w: traffic is of op %s", r.Op, ErrMalformed, OpTraffic)
	}
	problems := errors.Join(ValidateAll(r.Questions), ValidateListeners(r.Listeners))
	if r.Traffic != nil {
		problems = errors.Join(problems, r.Traffic.Validate())
	}
	if problems != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, problems)
	}
	return nil
}

// EncodeResponse returns the response as one line with its newline. The version is set by the encoder.
//
// A response that would exceed MaxLine is sent without transcripts; if it is still too large the error matches
// ErrTooLarge.
func EncodeResponse(r Response) ([]byte, error) {
	r.Version = Version
	line, err := encodeLine("response", r)
	if !errors.Is(err, ErrTooLarge) {
		return line, err
	}
	answers := make([]Answer, len(r.Answers))
	for i, a := range r.Answers {
		a.Transcript = ""
		answers[i] = a
	}
	r.Answers = answers
	return encodeLine("response", r)
}

// DecodeResponse reads one response from one line, as strictly as DecodeRequest.
func DecodeResponse(line []byte) (Response, error) {
	var r Response
	if err := decodeLine("response", line, &r); err != nil {
		return Response{}, err
	}
	if r.Version != Version {
		return Response{}, fmt.Errorf("decode response: version %d: %w: this client speaks %d", r.Version, ErrVersion, Version)
	}
	if len(r.Answers) > MaxQuestions {
		return Response{}, fmt.Errorf("decode response: %d answers: %w: at most %d", len(r.Answers), ErrTooLarge, MaxQuestions)
	}
	if len(r.Events) > MaxEvents {
		return Response{}, fmt.Errorf("decode response: %d events: %w: at most %d", len(r.Events), ErrTooLarge, MaxEvents)
	}
	return r, nil
}

// DecodeQuestions reads a JSON array of questions, as strictly as DecodeRequest.
func DecodeQuestions(data []byte) ([]Question, error) {
	var questions []Question
	if err := decodeLine("questions", data, &questions); err != nil {
		return nil, err
	}
	if err := ValidateAll(questions); err != nil {
		return nil, fmt.Errorf("decode questions: %w", err)
	}
	return questions, nil
}

func encodeLine(what string, value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	if len(data)+1 > MaxLine {
		return nil, fmt.Errorf("encode %s: %w: %d bytes, at most %d", what, ErrTooLarge, len(data)+1, MaxLine)
	}
	return append(data, '\n'), nil
}

func decodeLine(what string, line []byte, into any) error {
	if len(line) > MaxLine {
		return fmt.Errorf("decode %s: %w: %d bytes, at most %d", what, ErrTooLarge, len(line), MaxLine)
	}
	if err := strictUnmarshal(line, into); err != nil {
		return fmt.Errorf("decode %s: %w: %w", what, ErrMalformed, err)
	}
	return nil
}

// strictUnmarshal decodes exactly one JSON value and knows no unknown fields.
func strictUnmarshal(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("empty")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

// readLine reads up to and including the next newline, at most limit bytes. A longer line is ErrTooLarge, after which
// the stream cannot be resynchronised; bytes without a newline at the end are io.ErrUnexpectedEOF.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		chunk, err := r.ReadSlice('\n')
		if len(line)+len(chunk) > limit {
			return nil, fmt.Errorf("read line: %w: more than %d bytes", ErrTooLarge, limit)
		}
		line = append(line, chunk...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, fmt.Errorf("read line: %w", io.ErrUnexpectedEOF)
		default:
			return nil, err
		}
	}
}

// duration is a time.Duration that people can write in JSON, such as "250ms".
type duration time.Duration

// MarshalText returns the duration in Go's notation.
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText accepts Go's notation.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}
