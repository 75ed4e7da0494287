package contract

import (
	"slices"
	"sync"
)

// Ownership is what a member of a group owns; libraries tell of it from goroutines of theirs. It is embedded for Assigned and GivenUp.
type Ownership struct {
	mutex   sync.Mutex
	owned   []Partition
	givenUp int
}

// Gain adds partitions.
func (o *Ownership) Gain(partitions ...Partition) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for _, p := range partitions {
		if !slices.Contains(o.owned, p) {
			o.owned = append(o.owned, p)
		}
	}
}

// Lose takes away those that are owned.
func (o *Ownership) Lose(partitions ...Partition) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.owned = slices.DeleteFunc(o.owned, func(p Partition) bool { return slices.Contains(partitions, p) })
	o.givenUp += len(partitions)
}

// Assigned lists what is owned.
func (o *Ownership) Assigned() []Partition {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return slices.Clone(o.owned)
}

// GivenUp counts what was lost.
func (o *Ownership) GivenUp() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.givenUp
}
