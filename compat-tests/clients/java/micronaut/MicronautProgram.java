package matrix;

import io.micronaut.configuration.kafka.annotation.KafkaListener;
import io.micronaut.context.ApplicationContext;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/** A Micronaut application with declared producers and listeners; their offsets are looked at from outside. */
public final class MicronautProgram {
    private static final List<String> TOPICS = List.of("orders", "batches", "retries", "copy-in", "copy-out");

    private final ApplicationContext context;
    private final Clients clients;

    private MicronautProgram(ApplicationContext context) {
        this.context = context;
        clients = context.getBean(Clients.class);
    }

    public static void main(String[] args) throws Exception {
        for (String topic : TOPICS) {
            Plain.createTopic(topic, 1);
        }
        Map<String, Object> properties = Map.of("kafka.bootstrap.servers", Plain.BOOTSTRAP,
                "kafka.consumers.default.session.timeout.ms", 6000, "kafka.health.enabled", false);
        try (ApplicationContext context = ApplicationContext.run(properties)) {
            MicronautProgram program = new MicronautProgram(context);
            Matrix.run("micronaut-kafka", Matrix.jarVersion(KafkaListener.class, "micronaut-kafka"), Map.of(
                    "listener", program::listener,
                    "batch-listener", program::batchListener,
                    "retry", program::retry,
                    "transaction", program::transaction));
        }
        System.exit(0);
    }

    private void listener(String name) throws Exception {
        List<String> received = context.getBean(OrderListener.class).received;
        IntStream.range(0, 10).forEach(i -> clients.order("k" + i, "v" + i, "h" + i));
        List<String> wanted = IntStream.range(0, 10).mapToObj(i -> "k" + i + "=v" + i + "/h" + i).collect(Collectors.toList());
        Check.soon("ten orders", () -> received.size() >= 10);
        Check.equal("the orders", wanted, received);
        isCommitted("orders", 10);
    }

    private void batchListener(String name) throws Exception {
        List<String> received = context.getBean(BatchListener.class).received;
        Plain.values(0, 100).forEach(clients::batch);
        Check.soon("a hundred in batches", () -> received.size() >= 100);
        Check.equal("the batches", Plain.values(0, 100), received);
        isCommitted("batches", 100);
    }

    /** The second record fails twice; the listener gets it again and loses nothing. */
    private void retry(String name) throws Exception {
        List<String> received = context.getBean(RetryListener.class).received;
        Plain.values(0, 3).forEach(clients::retry);
        Check.soon("the last record", () -> received.contains("v2"));
        Check.equal("the deliveries", List.of("v0", "v1", "v1", "v1", "v2"), received);
    }

    /** A listener whose answers and offsets are one transaction; Micronaut writes answers as JSON. */
    private void transaction(String name) throws Exception {
        List<String> received = context.getBean(CopiedListener.class).received;
        Plain.values(0, 10).forEach(clients::copy);
        List<String> wanted = Plain.values(0, 10).stream().map(value -> "\"copy of " + value + "\"").collect(Collectors.toList());
        Check.soon("ten copies", () -> received.size() >= 10);
        Check.equal("the copies", wanted, received);
        isCommitted("copy-in", 10);
        try (var consumer = Plain.consumer("isolation.level", "read_committed")) {
            TopicPartition out = new TopicPartition("copy-out", 0);
            long end = consumer.endOffsets(List.of(out)).get(out);
            Check.that(end > 10, () -> "no markers of transactions in copy-out, which ends at " + end);
        }
    }

    /** Waits until the group of that name has committed an offset of the topic of that name. */
    private static void isCommitted(String name, long wanted) throws Exception {
        Check.soon("offset " + wanted + " of " + name, () -> Plain.committed(name, name) == wanted);
    }
}
