package ring;

import static ring.AdminCalls.eventually;
import static ring.AdminCalls.got;
import static ring.AdminCalls.refused;
import static ring.AdminCalls.unadvertised;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** Calls about groups, their offsets, and transactions. */
final class AdminCallsGroups {
    private static final TopicPartition ONE = new TopicPartition("called", 1);

    private AdminCallsGroups() { }

    static void run(Admin admin, Broker broker) throws Exception {
        for (String protocol : List.of("classic", "consumer"))
            consumers(admin, broker, protocol);
        otherGroups(admin);
        transactions(admin, broker);
    }

    private static void consumers(Admin admin, Broker broker, String protocol) throws Exception {
        String group = "called-" + protocol;
        String[] settings = protocol.equals("classic")
            ? new String[] {"group.id", group, "group.instance.id", "fixed", "group.protocol", protocol}
            : new String[] {"group.id", group, "group.protocol", protocol};
        KafkaConsumer<byte[], byte[]> consumer = Records.consumer(broker, settings);
        consumer.subscribe(List.of("called"));
        long end = System.nanoTime() + 30_000_000_000L;
        while (consumer.assignment().isEmpty() && System.nanoTime() < end)
            consumer.poll(Duration.ofMillis(50));
        consumer.commitSync(Map.of(ONE, new OffsetAndMetadata(3, "noted")));

        Ring.expect(got(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all()).stream().anyMatch(each -> each.groupId().equals(group)), group + " not listed");
        Ring.expect(got(admin.listConsumerGroups().all()).stream().anyMatch(each -> each.groupId().equals(group)), group + " not listed");
        ConsumerGroupDescription seen = got(admin.describeConsumerGroups(List.of(group)).all()).get(group);
        Ring.expectEquals(GroupState.STABLE, seen.groupState(), "state");
        Ring.expectEquals(3, seen.members().iterator().next().assignment().topicPartitions().size(), "partitions of the member");
        if (protocol.equals("classic"))
            Ring.expectEquals("range", got(admin.describeClassicGroups(List.of(group)).all()).get(group).protocolData(), "assignor");
        OffsetAndMetadata kept = got(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).get(ONE);
        Ring.expectEquals("noted", kept.metadata(), "metadata of the commit");
        Ring.expectEquals(3L, got(admin.listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec())).all()).get(group).get(ONE).offset(),
            "offset");
        refused(GroupSubscribedToTopicException.class, admin.deleteConsumerGroupOffsets(group, Set.of(ONE)).all());
        refused(GroupNotEmptyException.class, admin.deleteConsumerGroups(List.of(group)).all());
        refused(UnknownMemberIdException.class, admin.alterConsumerGroupOffsets(group, Map.of(ONE, new OffsetAndMetadata(1))).all());
        if (protocol.equals("classic")) {
            refused(UnknownMemberIdException.class, admin.removeMembersFromConsumerGroup(group,
                new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("nobody")))).memberResult(new MemberToRemove("nobody")));
            got(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions()).all());
        }
        consumer.close();
        eventually(GroupState.EMPTY, () -> got(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState(), "state");

        got(admin.alterConsumerGroupOffsets(group, Map.of(ONE, new OffsetAndMetadata(7))).all());
        Ring.expectEquals(7L, got(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).get(ONE).offset(), "altered offset");
        got(admin.deleteConsumerGroupOffsets(group, Set.of(ONE)).all());
        Ring.expect(!got(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).containsKey(ONE), "offset still there");
        got(admin.alterConsumerGroupOffsets(group, Map.of(ONE, new OffsetAndMetadata(8))).all());
        got(admin.deleteConsumerGroups(List.of(group)).all());
        refused(GroupIdNotFoundException.class, admin.deleteConsumerGroups(List.of(group)).all());
        refused(GroupIdNotFoundException.class, admin.describeConsumerGroups(List.of(group)).all());
    }

    /** Groups of kinds that Ottla does not serve. */
    private static void otherGroups(Admin admin) throws Exception {
        unadvertised(() -> admin.describeShareGroups(List.of("shared")).all());
        unadvertised(() -> admin.listShareGroupOffsets(Map.of("shared", new ListShareGroupOffsetsSpec())).all());
        unadvertised(() -> admin.alterShareGroupOffsets("shared", Map.of(ONE, 0L)).all());
        unadvertised(() -> admin.deleteShareGroupOffsets("shared", Set.of("called")).all());
        unadvertised(() -> admin.describeStreamsGroups(List.of("streaming")).all());
        if (!AdminCalls.onKafka())
            refused(GroupIdNotFoundException.class, admin.deleteShareGroups(List.of("shared")).all());
        refused(GroupIdNotFoundException.class, admin.deleteStreamsGroups(List.of("streaming")).all());
        // These are the requests of consumer groups under other names.
        got(admin.alterStreamsGroupOffsets("streaming", Map.of(ONE, new OffsetAndMetadata(2))).all());
        Ring.expectEquals(2L, got(admin.listStreamsGroupOffsets(Map.of("streaming", new ListStreamsGroupOffsetsSpec())).all()).get("streaming").get(ONE).offset(),
            "offset of a streams group");
        got(admin.deleteStreamsGroupOffsets("streaming", Set.of(ONE)).all());
    }

    private static void transactions(Admin admin, Broker broker) throws Exception {
        Records.transactions(broker, "called", "called", 1); // for an epoch to be behind
        try (KafkaProducer<byte[], byte[]> producer = Records.producer(broker, "transactional.id", "called")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("called", 1, null, new byte[10])).get();
            TransactionDescription open = got(admin.describeTransactions(List.of("called")).all()).get("called");
            Ring.expectEquals(TransactionState.ONGOING, open.state(), "state");
            Ring.expectEquals(Set.of(ONE), open.topicPartitions(), "partitions");
            Ring.expect(got(admin.listTransactions().all()).stream().anyMatch(each -> each.transactionalId().equals("called")), "not listed");
            Ring.expect(got(admin.listTransactions(new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING))).all()).size() == 1,
                "not the one open transaction");
            ProducerState state = got(admin.describeProducers(List.of(ONE)).partitionResult(ONE)).activeProducers().stream()
                .filter(each -> each.producerId() == open.producerId()).findFirst().orElseThrow();
            Ring.expect(state.currentTransactionStartOffset().isPresent(), "no open transaction in " + state);
            refused(InvalidProducerEpochException.class, admin.abortTransaction(new AbortTransactionSpec(ONE, open.producerId(),
                (short) (state.producerEpoch() - 1), state.coordinatorEpoch().orElse(0))).all());
            got(admin.abortTransaction(new AbortTransactionSpec(ONE, state.producerId(), (short) state.producerEpoch(), state.coordinatorEpoch().orElse(0))).all());
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("called", 1, null, new byte[10])).get();
            got(admin.forceTerminateTransaction("called").result());
            eventually(TransactionState.EMPTY, () -> got(admin.describeTransactions(List.of("called")).all()).get("called").state(), "state");
            got(admin.fenceProducers(List.of("called")).all());
            try {
                producer.commitTransaction();
                throw new AssertionError("a fenced producer commits");
            } catch (ProducerFencedException | org.apache.kafka.common.errors.InvalidTxnStateException | InvalidProducerEpochException e) {
                // as it should be
            }
        }
        refused(TransactionalIdNotFoundException.class, admin.describeTransactions(List.of("absent")).all());
    }
}
