package matrix;

import static matrix.Plain.read;
import static matrix.Plain.send;
import static matrix.Plain.values;
import static matrix.Plain.valuesOf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** What is committed, and what is not. */
final class Transactions {
    private static final String[] COMMITTED = {"isolation.level", "read_committed"};

    private Transactions() {}

    static void scenarios(Map<String, Matrix.Scenario> table) {
        table.put("txn-commit", Transactions::commit);
        table.put("txn-abort", Transactions::abort);
        table.put("txn-fence", Transactions::fence);
        table.put("txn-copy", Transactions::copy);
        table.put("read-committed", Transactions::readCommitted);
    }

    /** A producer with the scenario's name as its transactional id, initialised. */
    private static Producer<String, String> producer(String id) {
        Producer<String, String> producer = Plain.producer("transactional.id", id);
        producer.initTransactions();
        return producer;
    }

    private static void commit(String topic) throws Exception {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            records.add(new ProducerRecord<>(topic, i % 2, "k" + i, "v" + i));
        }
        try (Producer<String, String> producer = producer(topic)) {
            producer.beginTransaction();
            send(producer, records);
            producer.commitTransaction();
        }
        List<String> read = valuesOf(Plain.readTopic(topic, 10, COMMITTED)).stream().sorted().collect(Collectors.toList());
        Check.equal("what is committed", values(0, 10), read);
    }

    private static void abort(String topic) throws Exception {
        try (Producer<String, String> producer = producer(topic)) {
            producer.beginTransaction();
            send(producer, topic, 0, 10);
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, topic, 10, 15);
            producer.commitTransaction();
        }
        Check.equal("what is committed", values(10, 15), valuesOf(Plain.readTopic(topic, 5, COMMITTED)));
    }

    private static void fence(String topic) throws Exception {
        Producer<String, String> a = producer(topic);
        a.beginTransaction();
        send(a, topic, 0, 1);
        try (Producer<String, String> b = producer(topic)) {
            Callable<Void> late = () -> {
                a.commitTransaction();
                return null;
            };
            Check.fails(ProducerFencedException.class, late);
            a.close(Duration.ZERO);
            b.beginTransaction();
            send(b, topic, 1, 2);
            b.commitTransaction();
        }
    }

    private static void copy(String name) throws Exception {
        TopicPartition from = new TopicPartition(name + "-in", 0);
        try (Consumer<String, String> consumer = Groups.member(name, "enable.auto.commit", "false");
                Producer<String, String> producer = producer(name)) {
            consumer.subscribe(List.of(from.topic()));
            List<ConsumerRecord<String, String>> records = read(consumer, 10);
            producer.beginTransaction();
            for (ConsumerRecord<String, String> record : records) {
                producer.send(new ProducerRecord<>(name + "-out", record.key(), record.value()));
            }
            producer.sendOffsetsToTransaction(Map.of(from, new OffsetAndMetadata(10)), consumer.groupMetadata());
            producer.commitTransaction();
        }
    }

    private static void readCommitted(String topic) throws Exception {
        List<String> wanted = new ArrayList<>(values(0, 5));
        wanted.addAll(values(10, 15));
        try (Consumer<String, String> consumer = Plain.consumer(COMMITTED)) {
            Plain.assignAll(consumer, topic);
            Check.equal("what is committed", wanted, valuesOf(read(consumer, 10)));
            int more = consumer.poll(Duration.ofSeconds(2)).count();
            Check.equal("the number of records behind", 0, more);
        }
        Check.equal("all that is there", values(0, 16), valuesOf(Plain.readTopic(topic, 16)));
    }
}
