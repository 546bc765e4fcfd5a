package capture

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// nanoseconds is the resolution of time stamps, as a power of ten.
const nanoseconds = 9

// InterfaceName is what a hop's device is called in a file.
func InterfaceName(hop, device string) string {
	if device == "" {
		return hop
	}
	return hop + ":" + device
}

// Write returns what the hops heard as one pcapng file, in the order of time. Each
// device that a packet passed is an interface, named after its hop; a hop that heard
// nothing has one all the same. The comment is the whole file's.
func Write(comment string, hops []Heard) ([]byte, error) {
	if len(hops) == 0 {
		return nil, errors.New("write capture: no hop was heard")
	}
	var b bytes.Buffer
	f := file{at: map[string]int{}}
	for _, h := range hops {
		f.add(h)
	}
	slices.SortStableFunc(f.packets, func(a, b packet) int { return a.Time.Compare(b.Time) })
	options := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{OS: "linux", Application: "vpcgate", Comment: comment}}
	w, err := pcapgo.NewNgWriterInterface(&b, f.interfaces[0], options)
	if err != nil {
		return nil, fmt.Errorf("write capture: %w", err)
	}
	for _, i := range f.interfaces[1:] {
		if _, err := w.AddInterface(i); err != nil {
			return nil, fmt.Errorf("write capture: interface %s: %w", i.Name, err)
		}
	}
	for _, p := range f.packets {
		info := gopacket.CaptureInfo{Timestamp: p.Time, CaptureLength: len(p.Data), Length: max(p.Length, len(p.Data)), InterfaceIndex: p.at}
		if err := w.WritePacketWithOptions(info, p.Data, p.options); err != nil {
			return nil, fmt.Errorf("write capture: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return nil, fmt.Errorf("write capture: %w", err)
	}
	return b.Bytes(), nil
}

// file is a capture before it is written.
type file struct {
	interfaces []pcapgo.NgInterface
	at         map[string]int // by name
	packets    []packet
}

type packet struct {
	Frame
	at      int
	options pcapgo.NgPacketOptions
}

// add takes a hop's interfaces and packets over.
func (f *file) add(h Heard) {
	frames := slices.Clone(h.Frames)
	slices.SortStableFunc(frames, func(a, b Frame) int { return a.Time.Compare(b.Time) })
	comment := h.Note
	if h.Lost > 0 {
		comment = join(comment, fmt.Sprintf("%d frames were lost by the capture", h.Lost))
	}
	if len(frames) == 0 {
		f.describe(h.Hop, "", join("no packet of the flow was seen here", comment))
		return
	}
	last := -1 // the last received frame is the one that the hop's note is of
	for i, frame := range frames {
		f.describe(h.Hop, frame.Device, comment)
		if frame.Way == Received {
			last = i
		}
	}
	for i, frame := range frames {
		p := packet{Frame: frame, at: f.at[InterfaceName(h.Hop, frame.Device)]}
		p.options.Flags = &pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionInbound}
		if frame.Way == Sent {
			p.options.Flags.Direction = pcapgo.NgEpbFlagDirectionOutbound
		}
		if i == last && h.Note != "" {
			p.options.Comments = []string{h.Note}
		}
		f.packets = append(f.packets, p)
	}
}

func (f *file) describe(hop, device, comment string) {
	name := InterfaceName(hop, device)
	if _, ok := f.at[name]; ok {
		return
	}
	f.at[name] = len(f.interfaces)
	f.interfaces = append(f.interfaces, pcapgo.NgInterface{
		Name: name, Description: cmp.Or(device, "every device"), Comment: comment,
		LinkType: layers.LinkTypeEthernet, TimestampResolution: nanoseconds,
	})
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
