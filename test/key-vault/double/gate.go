package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// gate writes each call to the journal and lets faults act on the answers.
type gate struct {
	faults  *faults
	journal *journal
}

// refuse answers a call that faults do not count.
func (g *gate) refuse(w http.ResponseWriter, e entry, a *answer) {
	e.Status = a.status
	g.journal.add(e)
	a.write(w)
}

// pass answers a call; perform gets the fault, whose status it has to answer. The journal has the call before the answer is sent.
func (g *gate) pass(w http.ResponseWriter, req *http.Request, e entry, perform func(*fault) *answer) {
	f := g.faults.take(e)
	a := perform(f)
	e.Status = a.status
	if f != nil {
		e.Fault = f.Kind
		if f.Kind == "" {
			e.Fault = "delay"
		}
	}
	g.journal.add(e)
	if f == nil {
		a.write(w)
		return
	}
	f.deliver(w, req, a)
}

// abort closes the connection without an end to the answer.
func abort() { panic(http.ErrAbortHandler) }

func (f *fault) deliver(w http.ResponseWriter, req *http.Request, a *answer) {
	if f.DelayMs > 0 {
		f.wait(req, time.After(time.Duration(f.DelayMs)*time.Millisecond))
	}
	switch f.Kind {
	case faultHang:
		f.wait(req, nil)
	case faultCut:
		abort()
	case faultCutMiddle:
		cutMiddle(w, a)
	case faultGarbage:
		(&answer{status: a.status, header: a.header, body: []byte("<html>not JSON")}).write(w)
	case faultHuge:
		huge(w, f.Bytes)
	case faultWrongSignature:
		spoil(a).write(w)
	default:
		a.write(w)
	}
}

// wait ends at the time given, or cuts the connection when the client has gone or the fault is cleared.
func (f *fault) wait(req *http.Request, until <-chan time.Time) {
	select {
	case <-until:
	case <-f.cleared:
		abort()
	case <-req.Context().Done():
		abort()
	}
}

func cutMiddle(w http.ResponseWriter, a *answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	abort()
}

// huge answers with JSON that is good and has no end worth waiting for.
func huge(w http.ResponseWriter, size int64) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	chunk := []byte(strings.Repeat("a", 64<<10))
	_, err := w.Write([]byte(`{"padding":"`))
	for sent := int64(0); sent < size && err == nil; sent += int64(len(chunk)) {
		_, err = w.Write(chunk)
	}
	_, _ = w.Write([]byte(`"}`))
}

// spoil changes a bit of the value, which for sign is the signature.
func spoil(a *answer) *answer {
	var content map[string]any
	if json.Unmarshal(a.body, &content) != nil {
		return a
	}
	text, _ := content["value"].(string)
	value, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(value) == 0 {
		return a
	}
	value[len(value)-1] ^= 1
	content["value"] = base64.RawURLEncoding.EncodeToString(value)
	return jsonAnswer(a.status, content)
}
