package matrix;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.util.backoff.FixedBackOff;

/** A record that its listener cannot bear is tried three times, then laid aside; the others pass. */
@EnableAutoConfiguration
public class DeadLetter {
    private static final String POISON = "v3";

    private final List<String> heard = new CopyOnWriteArrayList<>();

    @KafkaListener(topics = "${name}")
    public void listen(String value) {
        heard.add(value);
        if (value.equals(POISON)) {
            throw new IllegalStateException("not this one");
        }
    }

    @Bean
    public DefaultErrorHandler errorHandler(KafkaTemplate<Object, Object> template) {
        return new DefaultErrorHandler(new DeadLetterPublishingRecoverer(template), new FixedBackOff(50, 2));
    }

    static void run(String name) throws Exception {
        Plain.createTopic(name, 1);
        Plain.createTopic(name + "-dlt", 1);
        SpringProgram.application(DeadLetter.class, name, Map.of(), application -> {
            for (int i = 0; i < 6; i++) {
                Plain.write(List.of(Plain.record(name, i)));
            }
            List<String> heard = application.getBean(DeadLetter.class).heard;
            Check.soon("all records", () -> heard.contains("v5"));
            Check.equal("what was heard", List.of("v0", "v1", "v2", "v3", "v3", "v3", "v4", "v5"), List.copyOf(heard));
            ConsumerRecord<String, String> dead = Plain.readTopic(name + "-dlt", 1).get(0);
            Check.equal("the dead letter", POISON, dead.value());
            Check.equal("its topic", name, header(dead, KafkaHeaders.DLT_ORIGINAL_TOPIC));
        });
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
