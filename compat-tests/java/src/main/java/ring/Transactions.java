package ring;

import java.io.DataInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.tools.DumpLogSegments;
import org.apache.kafka.tools.TransactionsCommand;
import org.apache.kafka.tools.consumer.ConsoleConsumer;

/** TransactionsCommand in all its forms, and what Kafka's own programs read in `__transaction_state`. */
final class Transactions {
    private static final String TOPIC = "paid";
    private static final long LOST_PRODUCER = 4_000_000;

    private Transactions() { }

    /** `dir` is for a broker of its own: one that lets producers in whose transactions the coordinator does not know. */
    static void run(Path dir) throws Exception {
        Broker broker = new Broker(dir, "transaction.partition.verification.enable=false", "transaction.state.log.num.partitions=3");
        broker.start();
        Admin.create(broker, TOPIC, 2);
        Records.transactions(broker, TOPIC, "settled", 4);
        try (KafkaProducer<byte[], byte[]> open = Records.producer(broker, "transactional.id", "open")) {
            open.initTransactions();
            open.beginTransaction();
            open.send(new ProducerRecord<>(TOPIC, 1, Records.bytes("a"), Records.bytes("b"))).get();
            open.sendOffsetsToTransaction(Map.of(new TopicPartition(TOPIC, 0), new OffsetAndMetadata(3)),
                new ConsumerGroupMetadata("payers"));
            listed(broker);
            described(broker);
            hanging(broker);
            command(broker, "forceTerminateTransaction", "--transactionalId", "open");
            String after = command(broker, "describe", "--transactional-id", "open");
            Ring.expect(!after.contains("Ongoing"), after);
        }
        Ring.expect(Records.all(broker, "read_committed", Set.of(TOPIC)).get(TOPIC + "-1").stream().noneMatch(record -> record.endsWith(" a b")),
            "a record of a terminated transaction is read");
        formatted(broker);
        broker.stop();
        dumped(broker);
        Dump.folder(broker.data());
    }

    private static String command(Broker broker, String... args) throws Exception {
        String[] all = new String[args.length + 2];
        all[0] = "--bootstrap-server";
        all[1] = broker.address();
        System.arraycopy(args, 0, all, 2, args.length);
        return Tool.ok("", TransactionsCommand::main, all);
    }

    private static void listed(Broker broker) throws Exception {
        String all = command(broker, "list");
        Ring.expect(all.lines().anyMatch(line -> line.matches("open\\s+1\\s+\\d+\\s+Ongoing\\s*")), all);
        Ring.expect(all.lines().anyMatch(line -> line.matches("settled\\s+1\\s+\\d+\\s+Complete(Commit|Abort)\\s*")), all);
        String some = command(broker, "list", "--transactional-id-pattern", "op.*");
        Ring.expect(some.contains("open") && !some.contains("settled"), some);
        String old = command(broker, "list", "--duration-filter", "600000");
        Ring.expect(!old.contains("open"), old);
    }

    private static void described(Broker broker) throws Exception {
        String open = command(broker, "describe", "--transactional-id", "open");
        Ring.expect(open.contains("Ongoing") && open.contains("60000") && open.contains(TOPIC + "-1") && open.contains("__consumer_offsets-"), open);
        String settled = command(broker, "describe", "--transactional-id", "settled");
        Ring.expect(settled.contains("Complete"), settled);
        Tool.Result unknown = Tool.run(TransactionsCommand::main, "--bootstrap-server", broker.address(), "describe", "--transactional-id", "nobody");
        Ring.expect(unknown.status() != 0 && unknown.output().contains("could not be found"), unknown.output());
        String producers = command(broker, "describe-producers", "--topic", TOPIC, "--partition", "1");
        long open1 = producers.lines().skip(1).filter(line -> line.trim().matches(".*\\s\\d+")).count();
        Ring.expectEquals(1L, open1, "producers with an open transaction in\n" + producers);
    }

    /** A transaction that no coordinator knows is found, and ends by hand. */
    private static void hanging(Broker broker) throws Exception {
        String none = command(broker, "find-hanging", "--broker-id", "1");
        Ring.expect(none.lines().count() <= 1, "nothing hangs yet:\n" + none);
        long first = lostRecord(broker);
        String found = command(broker, "find-hanging", "--broker-id", "1");
        List<String> rows = found.lines().skip(1).filter(line -> !line.isBlank()).toList();
        Ring.expect(rows.size() == 1 && rows.get(0).contains(TOPIC) && rows.get(0).contains(Long.toString(LOST_PRODUCER)), found);
        Ring.expectEquals(first, lastStable(broker), "last stable offset before");
        command(broker, "abort", "--topic", TOPIC, "--partition", "0", "--start-offset", Long.toString(first));
        Ring.expectEquals(first + 2, lastStable(broker), "last stable offset after");
        String after = command(broker, "find-hanging", "--topic", TOPIC, "--partition", "0");
        Ring.expect(after.lines().count() <= 1, after);
    }

    private static long lastStable(Broker broker) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        try (org.apache.kafka.clients.admin.Admin admin = Records.admin(broker)) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .partitionResult(partition).get().offset();
        }
    }

    /** A transactional record an hour old, by a producer that no coordinator gave its id. Answers its offset. */
    private static long lostRecord(Broker broker) throws Exception {
        long hourAgo = System.currentTimeMillis() - 3_600_000;
        MemoryRecords records = MemoryRecords.withTransactionalRecords(Compression.NONE, LOST_PRODUCER, (short) 0, 0,
            new SimpleRecord(hourAgo, Records.bytes("lost"), Records.bytes("record")));
        ProduceRequestData.TopicProduceDataCollection topics = new ProduceRequestData.TopicProduceDataCollection();
        topics.add(new ProduceRequestData.TopicProduceData().setName(TOPIC).setPartitionData(new ArrayList<>(List.of(
            new ProduceRequestData.PartitionProduceData().setIndex(0).setRecords(records)))));
        short version = ProduceRequest.LAST_STABLE_VERSION_BEFORE_TRANSACTION_V2;
        ProduceRequest request = ProduceRequest.builder(new ProduceRequestData().setTransactionalId("lost").setAcks((short) -1)
            .setTimeoutMs(10_000).setTopicData(topics)).build(version);
        ByteBuffer frame = request.serializeWithHeader(new RequestHeader(ApiKeys.PRODUCE, version, "ring", 1));
        String[] at = broker.address().split(":");
        try (Socket socket = new Socket(at[0], Integer.parseInt(at[1]))) {
            byte[] length = ByteBuffer.allocate(4).putInt(frame.remaining()).array();
            socket.getOutputStream().write(length);
            socket.getOutputStream().write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(in.readInt()));
            ResponseHeader.parse(answer, ApiKeys.PRODUCE.responseHeaderVersion(version));
            var partition = ProduceResponse.parse(new ByteBufferAccessor(answer), version).data().responses().iterator().next().partitionResponses().get(0);
            Ring.expectEquals((short) 0, partition.errorCode(), "error of a transactional record");
            return partition.baseOffset();
        }
    }

    private static void formatted(Broker broker) throws Exception {
        String text = Tool.ok("", ConsoleConsumer::main, "--bootstrap-server", broker.address(), "--topic", "__transaction_state",
            "--from-beginning", "--timeout-ms", "3000", "--formatter", "org.apache.kafka.tools.consumer.TransactionLogMessageFormatter");
        List<String> open = text.lines().filter(line -> line.contains("\"transactionalId\":\"open\"")).toList();
        Ring.expect(open.stream().anyMatch(line -> line.contains("\"transactionStatus\":1") && line.contains("\"topic\":\"" + TOPIC + "\"")), text);
        Ring.expect(open.get(open.size() - 1).matches(".*\"transactionStatus\":[05].*"), "last of\n" + String.join("\n", open));
    }

    /** DumpLogSegments knows every record, through all states of a committed and an aborted transaction. */
    private static void dumped(Broker broker) throws Exception {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(broker.data())) {
            for (Path file : files.filter(path -> path.toString().matches(".*__transaction_state-\\d+/\\d+\\.log")).toList())
                if (Files.size(file) > 0)
                    all.append(Tool.ok("", DumpLogSegments::main, "--files", file.toString(), "--transaction-log-decoder"));
        }
        String text = all.toString();
        for (int state = 1; state <= 5; state++) // Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort
            Ring.expect(text.contains("\"transactionStatus\":" + state + ","), "no state " + state + " in\n" + text);
        for (String id : List.of("settled", "open"))
            Ring.expect(text.contains("key: {\"type\":\"0\",\"data\":{\"transactionalId\":\"" + id + "\"}}"), "no " + id + " in\n" + text);
    }
}
