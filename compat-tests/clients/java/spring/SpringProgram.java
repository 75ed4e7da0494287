package matrix;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.kafka.core.KafkaTemplate;

/** Spring Kafka, set up by Spring Boot: an application for each scenario. */
public final class SpringProgram {
    /** What is done with a running application. */
    @FunctionalInterface
    interface Use {
        void with(ConfigurableApplicationContext application) throws Exception;
    }

    private SpringProgram() {}

    public static void main(String[] args) {
        System.err.println("Spring Boot " + SpringBootVersion.getVersion());
        Matrix.run("spring-kafka", KafkaTemplate.class.getPackage().getImplementationVersion(), Map.of(
                "dead-letter", DeadLetter::run,
                "retry-topics", RetryTopics::run,
                "transactions", InTransactions::run,
                "request-reply", RequestReply::run));
    }

    /** Starts the application of this class, whose topics begin with `name`, and stops it afterwards. */
    static void application(Class<?> configuration, String name, Map<String, Object> own, Use use) throws Exception {
        Map<String, Object> properties = new LinkedHashMap<>(Map.of("name", name, "spring.kafka.bootstrap-servers", Plain.BOOTSTRAP,
                "spring.kafka.consumer.group-id", name, "spring.kafka.consumer.auto-offset-reset", "earliest",
                "spring.kafka.consumer.isolation-level", "read_committed", "spring.kafka.consumer.heartbeat-interval", "200ms",
                "spring.kafka.consumer.properties.session.timeout.ms", "6000", "spring.kafka.listener.poll-timeout", "100ms"));
        properties.putAll(own);
        SpringApplication application = new SpringApplicationBuilder(configuration).web(WebApplicationType.NONE)
                .properties(properties).logStartupInfo(false).build();
        application.setBannerMode(Banner.Mode.OFF);
        try (ConfigurableApplicationContext running = application.run()) {
            use.with(running);
        }
    }
}
