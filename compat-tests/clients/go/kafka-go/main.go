// The contract by github.com/segmentio/kafka-go.
package main

import (
	"context"
	"errors"

	"github.com/segmentio/kafka-go"

	"matrix/contract"
)

type library struct{}

func main() { contract.Main(library{}) }

func (library) Module() string { return "github.com/segmentio/kafka-go" }

func (library) Code(err error) int {
	var many kafka.WriteErrors // one for each message, nil where it went well
	if errors.As(err, &many) {
		err = errors.Join(many...)
	}
	var large kafka.MessageTooLargeError
	if errors.As(err, &large) {
		return int(kafka.MessageSizeTooLarge)
	}
	var broker kafka.Error
	if errors.As(err, &broker) {
		return int(broker)
	}
	return 0
}

func (library) CopyInTransaction(context.Context, string, string, string, int) error {
	return errUnsupported
}

var errUnsupported = errors.New("kafka-go cannot do this")

func record(m kafka.Message) contract.Record {
	in := contract.Record{
		Topic:     m.Topic,
		Partition: int32(m.Partition),
		Offset:    m.Offset,
		Key:       m.Key,
		Value:     m.Value,
		Timestamp: m.Time.UnixMilli(),
	}
	for _, h := range m.Headers {
		in.Headers = append(in.Headers, contract.Header{Key: h.Key, Value: h.Value})
	}
	return in
}
