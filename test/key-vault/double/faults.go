package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// Kinds of faults; the empty one only delays.
const (
	faultStatus         = "status"
	faultCut            = "cut"
	faultCutMiddle      = "cutMiddle"
	faultHang           = "hang"
	faultGarbage        = "garbage"
	faultHuge           = "huge"
	faultWrongSignature = "wrongSignature"
)

// fault is what happens to the next calls of an operation.
type fault struct {
	// Operation such as keys/sign, token or managed-identity; * stands for all of the vault.
	Operation string `json:"operation"`
	// Name of the object that it is for; empty for all.
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Times it acts; 0 stands for until it is cleared.
	Times   int `json:"times"`
	DelayMs int `json:"delayMs"`
	// Status and what follows it belong to the kind status.
	Status     int    `json:"status"`
	RetryAfter *int   `json:"retryAfter"`
	Code       string `json:"code"`
	Message    string `json:"message"`
	Inner      string `json:"inner"`
	// Bytes of a huge answer.
	Bytes   int64 `json:"bytes"`
	cleared chan struct{}
}

type faults struct {
	mu     sync.Mutex
	active []*fault
	// cleared is closed, and made anew, when the faults are cleared.
	cleared chan struct{}
}

func (f *faults) add(given fault) error {
	kinds := []string{"", faultStatus, faultCut, faultCutMiddle, faultHang, faultGarbage, faultHuge, faultWrongSignature}
	if !slices.Contains(kinds, given.Kind) || given.Operation == "" || (given.Kind == faultStatus && given.Status < 400) {
		return fmt.Errorf("no such fault: operation %q, kind %q, status %d", given.Operation, given.Kind, given.Status)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = append(f.active, &given)
	return nil
}

// take finds the fault for a call and counts it; nil when there is none.
func (f *faults) take(e entry) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	ofVault := e.Operation != operationToken && e.Operation != operationManagedIdentity
	for i, active := range f.active {
		if active.Operation != e.Operation && (active.Operation != "*" || !ofVault) {
			continue
		}
		if active.Name != "" && active.Name != e.Name {
			continue
		}
		if active.Times == 1 {
			f.active = slices.Delete(f.active, i, i+1)
		} else if active.Times > 1 {
			active.Times--
		}
		taken := *active
		taken.cleared = f.cleared
		return &taken
	}
	return nil
}

// clear ends all, also those that hang.
func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.cleared)
	f.cleared = make(chan struct{})
	f.active = nil
}

// vaultProblem is the answer of the kind status as the vault words it.
func (f *fault) vaultProblem() *problem {
	usual := map[int]problem{
		http.StatusUnauthorized: {code: "Unauthorized", message: "AKV10046: Unable to resolve the key used for signature validation."},
		http.StatusForbidden:    {code: "Forbidden", message: "Access denied"},
		http.StatusTooManyRequests: {code: "Throttled", message: "Request was not processed because too many requests were received. " +
			"Reason: VaultRequestTypeLimitReached"},
		http.StatusServiceUnavailable: {code: "ServiceUnavailable", message: "The service is unavailable."},
	}
	found, ok := usual[f.Status]
	if !ok {
		found = problem{code: "InternalServerError", message: "An unexpected error has occurred."}
	}
	switch f.Inner {
	case "ForbiddenByFirewall":
		found.message = "Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\n" +
			"Vault: double;location=loopback"
	case "ForbiddenByConnection":
		found.message = "Public network access is disabled and request is not from a trusted service nor via an approved private " +
			"link.\r\nVault: double;location=loopback"
	}
	if f.Code != "" {
		found.code = f.Code
	}
	if f.Message != "" {
		found.message = f.Message
	}
	found.status, found.inner, found.retryAfter = f.Status, f.Inner, f.RetryAfter
	return &found
}
