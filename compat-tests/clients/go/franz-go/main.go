// The contract by github.com/twmb/franz-go: kgo for records, kadm for administration.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"matrix/contract"
)

type library struct{}

func main() { contract.Main(library{}) }

func (library) Module() string { return "github.com/twmb/franz-go" }

func (library) Code(err error) int {
	var broker *kerr.Error
	if errors.As(err, &broker) {
		return int(broker.Code)
	}
	return 0
}

func (library) CopyInTransaction(ctx context.Context, group, from, to string, n int) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(contract.Bootstrap()),
		kgo.TransactionalID(group),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(from),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	if err := session.Begin(); err != nil {
		return err
	}
	for n > 0 {
		fetches := session.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			results := session.ProduceSync(ctx, &kgo.Record{Topic: to, Key: r.Key, Value: r.Value})
			if err := results.FirstErr(); err != nil {
				return err
			}
			n--
		}
	}
	committed, err := session.End(ctx, kgo.TryCommit)
	if err == nil && !committed {
		err = fmt.Errorf("the transaction was aborted")
	}
	return err
}
