package main

import (
	"fmt"
	"slices"
	"sync"
)

// entriesKept bounds the journal; its counts go on.
const entriesKept = 10_000

// entry of the journal: one call, whatever came of it.
type entry struct {
	Operation string `json:"operation"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	// Status that the answer had, or would have had where a fault kept it back.
	Status int `json:"status"`
	// Principal is the client id; empty without a token that is good.
	Principal string `json:"principal"`
	// Fault is the kind of the one that acted on it, or empty.
	Fault string `json:"fault"`
}

type journal struct {
	mu      sync.Mutex
	entries []entry
	counts  map[string]int
}

type journalContent struct {
	Calls []entry `json:"calls"`
	// Counts of calls by operation and status, such as "keys/sign 200".
	Counts map[string]int `json:"counts"`
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == entriesKept {
		j.entries = slices.Delete(j.entries, 0, entriesKept/10)
	}
	j.entries = append(j.entries, e)
	j.counts[fmt.Sprintf("%s %d", e.Operation, e.Status)]++
}

func (j *journal) content() journalContent {
	j.mu.Lock()
	defer j.mu.Unlock()
	counts := map[string]int{}
	for what, count := range j.counts {
		counts[what] = count
	}
	return journalContent{Calls: append([]entry{}, j.entries...), Counts: counts}
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
	clear(j.counts)
}
