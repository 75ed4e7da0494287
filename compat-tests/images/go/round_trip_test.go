// Stock testcontainers-go/modules/kafka starts the image; a topic, records in, records out through a group, by franz-go.
package images

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/kafka"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const records = 10

func TestRoundTrip(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	begun := time.Now()
	container, err := kafka.Run(ctx, "confluentinc/confluent-local:8.0.0", kafka.WithClusterID("5L6g3nShT-eMCtK--X86sw"))
	testcontainers.CleanupContainer(t, container, testcontainers.StopTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	brokers, err := container.Brokers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(ctx, t, brokers)
	fmt.Printf("go: started after %d ms, round trip in %d ms\n",
		started.Sub(begun).Milliseconds(), time.Since(started).Milliseconds())
}

func roundTrip(ctx context.Context, t *testing.T, brokers []string) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(brokers...),
		kgo.DefaultProduceTopic("round"),
		kgo.ConsumeTopics("round"),
		kgo.ConsumerGroup("g"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, 1, nil, "round"); err != nil {
		t.Fatal(err)
	}
	for i := range records {
		record := kgo.StringRecord(fmt.Sprintf("v%d", i))
		if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for next := 0; next < records; {
		fetches := client.PollFetches(ctx)
		if errs := fetches.Errors(); len(errs) > 0 {
			t.Fatal(errs)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if wanted := fmt.Sprintf("v%d", next); string(record.Value) != wanted {
				t.Fatalf("got %s instead of %s", record.Value, wanted)
			}
			next++
		})
	}
	if err := client.CommitUncommittedOffsets(ctx); err != nil {
		t.Fatal(err)
	}
}
