package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// problem is an error answer of the vault: {"error":{"code","message","innererror":{"code"}}}.
type problem struct {
	status     int
	code       string
	message    string
	inner      string
	retryAfter *int
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.status, p.code, p.message) }

func (p *problem) answer() *answer {
	inside := map[string]any{"code": p.code, "message": p.message}
	if p.inner != "" {
		inside["innererror"] = map[string]string{"code": p.inner}
	}
	a := jsonAnswer(p.status, map[string]any{"error": inside})
	if p.retryAfter != nil {
		a.header.Set("Retry-After", strconv.Itoa(*p.retryAfter))
	}
	return a
}

func badParameter(format string, values ...any) *problem {
	return &problem{status: http.StatusBadRequest, code: "BadParameter", message: fmt.Sprintf(format, values...)}
}

func forbidden(inner, format string, values ...any) *problem {
	return &problem{status: http.StatusForbidden, code: "Forbidden", inner: inner, message: fmt.Sprintf(format, values...)}
}

func unauthorized(message string) *problem {
	return &problem{status: http.StatusUnauthorized, code: "Unauthorized", message: message}
}

// asProblem takes what the generated servers could not read as a bad request.
func asProblem(err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	return badParameter("%s", err)
}

// answer is a whole HTTP answer, so that faults can act on it before it is sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func jsonAnswer(status int, value any) *answer {
	body, err := json.Marshal(value)
	if err != nil {
		return &answer{status: http.StatusInternalServerError, header: http.Header{}, body: []byte(err.Error())}
	}
	return &answer{status: status, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body: body}
}

func (a *answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}
