package matrix;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.kafka.annotation.BackOff;
import org.springframework.kafka.annotation.DltHandler;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.annotation.RetryableTopic;

/** A record that fails goes through retry topics, which Spring makes, while those behind it pass. */
@EnableAutoConfiguration
public class RetryTopics {
    private static final String POISON = "v1";

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<String> dead = new CopyOnWriteArrayList<>();

    @RetryableTopic(attempts = "3", backOff = @BackOff(delay = 100, multiplier = 2), replicationFactor = "1")
    @KafkaListener(topics = "${name}")
    public void listen(String value) {
        heard.add(value);
        if (value.equals(POISON)) {
            throw new IllegalStateException("not this one");
        }
    }

    @DltHandler
    public void bury(String value) {
        dead.add(value);
    }

    static void run(String name) throws Exception {
        Plain.createTopic(name, 1);
        SpringProgram.application(RetryTopics.class, name, Map.of(), application -> {
            for (int i = 0; i < 4; i++) {
                Plain.write(List.of(Plain.record(name, i)));
            }
            RetryTopics listener = application.getBean(RetryTopics.class);
            Check.soon("the dead letter", () -> listener.dead.equals(List.of(POISON)));
            Check.equal("what was heard", Set.of("v0", "v1", "v2", "v3"), Set.copyOf(listener.heard));
            long tried = listener.heard.stream().filter(POISON::equals).count();
            Check.equal("the number of attempts", 3L, tried);
        });
        for (String suffix : List.of("-retry-100", "-retry-200", "-dlt")) {
            Check.equal("the record in " + suffix, List.of(POISON), Plain.valuesOf(Plain.readTopic(name + suffix, 1)));
        }
    }
}
