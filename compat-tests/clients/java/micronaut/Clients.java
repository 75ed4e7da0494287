package matrix;

import io.micronaut.configuration.kafka.annotation.KafkaClient;
import io.micronaut.configuration.kafka.annotation.KafkaKey;
import io.micronaut.configuration.kafka.annotation.Topic;
import io.micronaut.messaging.annotation.MessageBody;
import io.micronaut.messaging.annotation.MessageHeader;

/** Producers as Micronaut makes them of an interface. */
@KafkaClient(acks = KafkaClient.Acknowledge.ALL)
interface Clients {
    @Topic("orders")
    void order(@KafkaKey String key, @MessageBody String value, @MessageHeader("h") String header);

    @Topic("batches")
    void batch(@MessageBody String value);

    @Topic("retries")
    void retry(@MessageBody String value);

    @Topic("copy-in")
    void copy(@MessageBody String value);
}
