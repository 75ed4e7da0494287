package images;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaTemplate;

/** An application as Spring Boot has it: topics as beans, a listener, a template that sends in a transaction. */
@SpringBootApplication
public class Application {
    private static final int RECORDS = 10;
    private final CountDownLatch arrived = new CountDownLatch(RECORDS);

    public static void main(String[] args) throws Exception {
        long begun = System.nanoTime();
        try (var context = SpringApplication.run(Application.class, args)) {
            KafkaTemplate<String, String> template = template(context.getBean(KafkaTemplate.class));
            template.executeInTransaction(sender -> {
                for (int i = 0; i < RECORDS; i++) {
                    sender.send("orders", "key" + i, "order" + i);
                }
                return true;
            });
            if (!context.getBean(Application.class).arrived.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not all records arrive");
            }
        }
        System.out.printf("spring: started, sent and received in %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    @SuppressWarnings("unchecked")
    private static KafkaTemplate<String, String> template(KafkaTemplate<?, ?> template) {
        return (KafkaTemplate<String, String>) template;
    }

    @Bean
    NewTopic orders() {
        return TopicBuilder.name("orders").partitions(3).replicas(1).configs(Map.of("retention.ms", "60000")).build();
    }

    @KafkaListener(topics = "orders")
    void on(String order) {
        arrived.countDown();
    }
}
