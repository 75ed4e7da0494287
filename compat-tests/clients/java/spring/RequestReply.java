package matrix;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.requestreply.ReplyingKafkaTemplate;
import org.springframework.messaging.handler.annotation.SendTo;

/** Questions in one topic, answers in another, matched by a header. */
@EnableAutoConfiguration
public class RequestReply {
    @Value("${name}")
    private String name;

    @KafkaListener(topics = "${name}-questions")
    @SendTo
    public String answer(String question) {
        return question + "!";
    }

    @Bean
    public ReplyingKafkaTemplate<String, String, String> replying(ProducerFactory<String, String> producers,
            ConcurrentKafkaListenerContainerFactory<String, String> containers) {
        ConcurrentMessageListenerContainer<String, String> answers = containers.createContainer(name + "-answers");
        answers.getContainerProperties().setGroupId(name + "-asker");
        ReplyingKafkaTemplate<String, String, String> template = new ReplyingKafkaTemplate<>(producers, answers);
        containers.setReplyTemplate(template);
        return template;
    }

    @SuppressWarnings("unchecked")
    static void run(String name) throws Exception {
        Plain.createTopic(name + "-questions", 1);
        Plain.createTopic(name + "-answers", 1);
        SpringProgram.application(RequestReply.class, name, Map.of(), application -> {
            ReplyingKafkaTemplate<String, String, String> template = application.getBean(ReplyingKafkaTemplate.class);
            Check.that(template.waitForAssignment(Check.SOON), () -> "the asker's partition is not assigned");
            for (String question : List.of("one", "two", "three")) {
                ConsumerRecord<String, String> answer = template.sendAndReceive(new ProducerRecord<>(name + "-questions", question))
                        .get(Check.SOON.toSeconds(), TimeUnit.SECONDS);
                Check.equal("the answer", question + "!", answer.value());
            }
        });
    }
}
