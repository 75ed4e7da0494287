package matrix;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.transaction.KafkaTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A listener in KafkaTransactionManager's transactions: what it sent before it failed is never seen. */
@EnableAutoConfiguration
public class InTransactions {
    private final AtomicInteger failures = new AtomicInteger();

    @Value("${name}-out")
    private String out;

    @Autowired
    private KafkaTemplate<Object, Object> template;

    @KafkaListener(topics = "${name}-in")
    public void listen(String value) {
        template.send(out, value);
        // What fails has been written, not only meant to be.
        template.flush();
        if (value.equals("v5") && failures.incrementAndGet() <= 2) {
            throw new IllegalStateException("not yet");
        }
    }

    static void run(String name) throws Exception {
        Plain.createTopic(name + "-in", 1);
        Plain.createTopic(name + "-out", 1);
        Map<String, Object> own = Map.of("spring.kafka.producer.transaction-id-prefix", name + "-");
        SpringProgram.application(InTransactions.class, name, own, application -> {
            KafkaTemplate<Object, Object> template = application.getBean(InTransactions.class).template;
            TransactionTemplate transaction = new TransactionTemplate(application.getBean(KafkaTransactionManager.class));
            transaction.executeWithoutResult(status -> {
                template.send(name + "-in", "never");
                status.setRollbackOnly();
            });
            transaction.executeWithoutResult(status -> Plain.values(0, 10).forEach(value -> template.send(name + "-in", value)));
            List<String> committed = Plain.valuesOf(Plain.readTopic(name + "-out", 10, "isolation.level", "read_committed"));
            Check.equal("what is committed", Plain.values(0, 10), committed);
            Check.equal("the number of attempts", 3, application.getBean(InTransactions.class).failures.get());
        });
        List<ConsumerRecord<String, String>> in = Plain.readTopic(name + "-in", 10, "isolation.level", "read_committed");
        Check.equal("what was asked for", Plain.values(0, 10), Plain.valuesOf(in));
        Check.equal("the group's offset", in.get(9).offset() + 1, Plain.committed(name, name + "-in"));
    }
}
