package ring;

import java.time.Duration;
import java.util.List;
import java.util.Properties;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Milliseconds from subscribe to the first record, for scripts/bench: FirstRecord ADDRESS TOPIC HOW TIMES.
 * HOW is classic, consumer, or alone: assigned by hand, without a group's coordinator but for its offsets.
 */
public final class FirstRecord {
    private static final Duration POLL = Duration.ofMillis(1);
    private static final long LIMIT_NS = 60_000_000_000L;

    private FirstRecord() { }

    public static void main(String[] args) {
        int times = Integer.parseInt(args[3]);
        for (int i = 0; i < 2 * times; i++) {
            double millis = once(args[0], args[1], args[2], "java-" + args[2] + "-" + i);
            if (i >= times)
                System.out.println("first record " + millis);
        }
    }

    private static double once(String address, String topic, String how, String group) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", address);
        properties.put("group.id", group);
        properties.put("auto.offset.reset", "earliest");
        if (!how.equals("alone"))
            properties.put("group.protocol", how);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            long begun = System.nanoTime();
            if (how.equals("alone"))
                consumer.assign(List.of(new TopicPartition(topic, 0)));
            else
                consumer.subscribe(List.of(topic));
            while (consumer.poll(POLL).isEmpty())
                if (System.nanoTime() - begun > LIMIT_NS)
                    throw new IllegalStateException("no record came");
            return (System.nanoTime() - begun) / 1e6;
        }
    }
}
