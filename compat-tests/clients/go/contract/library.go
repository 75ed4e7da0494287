// Package contract runs the scenarios of compat-tests/contract.md through any Go library for Kafka. The scenarios are written once,
// against the interfaces of this file; each library's folder implements them the way its documentation says.
package contract

import "context"

// AnyPartition is that of a record whose partition is chosen by the library.
const AnyPartition = int32(-1)

// Offsets with a meaning, as ListOffsets has them.
const (
	Latest   = int64(-1)
	Earliest = int64(-2)
)

// Header is one header of a record; a nil Value is null, which is not the same as no bytes.
type Header struct {
	Key   string
	Value []byte
}

// Record is one record to write, or one that was read. Timestamp is in milliseconds; when writing 0 stands for now.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte
	Value     []byte
	Headers   []Header
	Timestamp int64
}

// Partition names a partition of a topic.
type Partition struct {
	Topic string
	ID    int32
}

// Library is one client library.
type Library interface {
	// Module is the path of the library's Go module: its version is read from the program's build information.
	Module() string
	Producer(ctx context.Context, config ProducerConfig) (Producer, error)
	Consumer(ctx context.Context, config ConsumerConfig) (Consumer, error)
	Admin() (Admin, error)
	// CopyInTransaction reads n records of topic from in the group, writes them to topic to and commits their offsets, in one transaction.
	CopyInTransaction(ctx context.Context, group, from, to string, n int) error
	// Code is the broker's error code in an error of the library, or the library's own; 0 if there is none.
	Code(err error) int
}

// ProducerConfig says what a scenario needs; what is empty stays at the library's default.
type ProducerConfig struct {
	Acks            string // 0, 1 or all
	Codec           string // none, gzip, snappy, lz4, zstd
	Idempotent      bool
	TransactionalID string // Producer returns when the id is initialised
	MaxBytes        int    // of one record
	CreateTopics    bool   // topics may come into being by being written to
	Partitions      bool   // the library's default partitioner chooses them; the records say theirs if not
}

// Producer writes records, each partition's in the order given.
type Producer interface {
	// Send returns when all are acknowledged.
	Send(ctx context.Context, records ...Record) error
	Begin() error
	Commit(ctx context.Context) error
	Abort(ctx context.Context) error
	Close() error
}

// Protocol is how the members of a group agree on who gets what.
type Protocol int

const (
	Eager       Protocol = iota // the library's default assignor that gives up everything, or its default
	Cooperative                 // cooperative-sticky
	Server                      // KIP-848: the broker assigns
)

// ConsumerConfig says what a scenario reads. Offsets are committed by Commit alone.
type ConsumerConfig struct {
	Topics        []string
	Pattern       string
	Partitions    []Partition // read without a group
	Group         string
	Instance      string
	Protocol      Protocol
	Latest        bool // where to start without a committed offset; the earliest if not said
	ReadCommitted bool
	Watched       bool // the scenario asks for Assigned
}

// Consumer reads, from a group's share of the topics or from given partitions.
type Consumer interface {
	// Poll returns what there is, waiting for it until the context is done; nothing then, and no error.
	Poll(ctx context.Context) ([]Record, error)
	// Assigned lists the partitions owned now, as far as it is known where reading starts.
	Assigned() []Partition
	// GivenUp counts the partitions that a rebalance took away.
	GivenUp() int
	// Commit makes the group's next record of each partition the given one.
	Commit(ctx context.Context, next map[Partition]int64) error
	Pause(partition Partition) error
	Resume(partition Partition) error
	// Seek goes to an offset, Earliest or Latest.
	Seek(ctx context.Context, partition Partition, offset int64) error
	// Position is the offset that is read next.
	Position(ctx context.Context, partition Partition) (int64, error)
	// Close leaves the group.
	Close() error
}

// Cluster is what a cluster says of itself. Brokers are host:port.
type Cluster struct {
	ID         string
	Controller int32
	Brokers    map[int32]string
}

// Admin asks and changes the cluster.
type Admin interface {
	CreateTopic(ctx context.Context, topic string, partitions int, configs map[string]string) error
	ListTopics(ctx context.Context) ([]string, error)
	// Partitions describes a topic: how many partitions it has.
	Partitions(ctx context.Context, topic string) (int, error)
	AddPartitions(ctx context.Context, topic string, total int) error
	DeleteTopic(ctx context.Context, topic string) error
	Config(ctx context.Context, topic, key string) (string, error)
	SetConfig(ctx context.Context, topic, key, value string) error
	ListGroups(ctx context.Context) ([]string, error)
	GroupState(ctx context.Context, group string) (string, error)
	GroupOffset(ctx context.Context, group string, partition Partition) (int64, error)
	SetGroupOffset(ctx context.Context, group string, partition Partition, offset int64) error
	DeleteGroup(ctx context.Context, group string) error
	// Offset is Earliest, Latest, or the first one at a time in milliseconds or later.
	Offset(ctx context.Context, partition Partition, at int64) (int64, error)
	DeleteRecords(ctx context.Context, partition Partition, before int64) error
	Cluster(ctx context.Context) (Cluster, error)
	Close() error
}
