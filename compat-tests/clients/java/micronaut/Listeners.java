package matrix;

import io.micronaut.configuration.kafka.annotation.ErrorStrategy;
import io.micronaut.configuration.kafka.annotation.ErrorStrategyValue;
import io.micronaut.configuration.kafka.annotation.KafkaKey;
import io.micronaut.configuration.kafka.annotation.KafkaListener;
import io.micronaut.configuration.kafka.annotation.OffsetReset;
import io.micronaut.configuration.kafka.annotation.OffsetStrategy;
import io.micronaut.configuration.kafka.annotation.Topic;
import io.micronaut.messaging.annotation.MessageBody;
import io.micronaut.messaging.annotation.MessageHeader;
import io.micronaut.messaging.annotation.SendTo;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.IsolationLevel;

/* Listeners as Micronaut calls them. What they were given they keep, in order. */

@KafkaListener(groupId = "orders", offsetReset = OffsetReset.EARLIEST, offsetStrategy = OffsetStrategy.SYNC_PER_RECORD)
class OrderListener {
    final List<String> received = new CopyOnWriteArrayList<>();

    @Topic("orders")
    void receive(@KafkaKey String key, @MessageBody String value, @MessageHeader("h") String header) {
        received.add(key + "=" + value + "/" + header);
    }
}

@KafkaListener(groupId = "batches", offsetReset = OffsetReset.EARLIEST, batch = true, offsetStrategy = OffsetStrategy.SYNC)
class BatchListener {
    final List<String> received = new CopyOnWriteArrayList<>();

    @Topic("batches")
    void receive(@MessageBody List<String> values) {
        received.addAll(values);
    }
}

@KafkaListener(groupId = "retries", offsetReset = OffsetReset.EARLIEST,
    errorStrategy = @ErrorStrategy(value = ErrorStrategyValue.RETRY_ON_ERROR, retryCount = 3, retryDelay = "20ms"))
class RetryListener {
    final List<String> received = new CopyOnWriteArrayList<>();

    @Topic("retries")
    void receive(@MessageBody String value) {
        received.add(value);
        long deliveries = received.stream().filter(value::equals).count();
        if (value.equals("v1") && deliveries < 3) {
            throw new IllegalStateException("fails twice, on purpose");
        }
    }
}

@KafkaListener(groupId = "copy-in", offsetReset = OffsetReset.EARLIEST, isolation = IsolationLevel.READ_COMMITTED,
    offsetStrategy = OffsetStrategy.SEND_TO_TRANSACTION, producerClientId = "copier", producerTransactionalId = "copier")
class CopyListener {
    @Topic("copy-in")
    @SendTo("copy-out")
    String receive(@MessageBody String value) {
        return "copy of " + value;
    }
}

@KafkaListener(groupId = "copy-out", offsetReset = OffsetReset.EARLIEST, isolation = IsolationLevel.READ_COMMITTED)
class CopiedListener {
    final List<String> received = new CopyOnWriteArrayList<>();

    @Topic("copy-out")
    void receive(@MessageBody String value) {
        received.add(value);
    }
}
