package images;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.kafka.ConfluentKafkaContainer;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** Stock modules of Testcontainers start the image; a topic, records in, records out through a group. */
public final class RoundTrip {
    private static final int RECORDS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private interface Servers {
        String get();
    }

    public static void main(String[] args) throws Exception {
        for (String which : args) {
            long begun = System.nanoTime();
            switch (which) {
                case "apache" -> {
                    try (KafkaContainer kafka = new KafkaContainer("apache/kafka:4.3.1")) {
                        run(which, kafka, kafka::getBootstrapServers, begun);
                    }
                }
                case "confluent" -> {
                    try (ConfluentKafkaContainer kafka = new ConfluentKafkaContainer("confluentinc/cp-kafka:8.0.0")) {
                        run(which, kafka, kafka::getBootstrapServers, begun);
                    }
                }
                case "older" -> older(begun, false);
                case "older-kraft" -> older(begun, true);
                default -> throw new IllegalArgumentException(which);
            }
        }
    }

    /** The module of Testcontainers 1, with its embedded ZooKeeper or with KRaft. */
    @SuppressWarnings("deprecation")
    private static void older(long begun, boolean kraft) throws Exception {
        DockerImageName image = DockerImageName.parse("confluentinc/cp-kafka:8.0.0");
        try (var kafka = new org.testcontainers.containers.KafkaContainer(image)) {
            run(kraft ? "older-kraft" : "older", kraft ? kafka.withKraft() : kafka, kafka::getBootstrapServers, begun);
        }
    }

    private static void run(String which, GenericContainer<?> kafka, Servers servers, long begun) throws Exception {
        kafka.start();
        long started = System.nanoTime();
        roundTrip(servers.get());
        long done = System.nanoTime();
        System.out.printf("java %s: started after %d ms, round trip in %d ms%n", which, ms(started - begun), ms(done - started));
    }

    private static long ms(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    private static void roundTrip(String servers) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            admin.createTopics(List.of(new NewTopic("round", 1, (short) 1))).all().get();
        }
        var strings = new StringSerializer();
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", servers), strings, strings)) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>("round", "k" + i, "v" + i)).get();
            }
        }
        Map<String, Object> config = Map.of("bootstrap.servers", servers, "group.id", "g", "auto.offset.reset", "earliest");
        var texts = new StringDeserializer();
        try (var consumer = new KafkaConsumer<>(config, texts, texts)) {
            consumer.subscribe(List.of("round"));
            int next = 0;
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (next < RECORDS) {
                if (System.nanoTime() > until) {
                    throw new IllegalStateException("got " + next + " of " + RECORDS + " records");
                }
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    if (!record.value().equals("v" + next)) {
                        throw new IllegalStateException("got " + record.value() + " instead of v" + next);
                    }
                    next++;
                }
            }
            consumer.commitSync();
        }
    }
}
