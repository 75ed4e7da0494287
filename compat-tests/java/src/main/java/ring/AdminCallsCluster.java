package ring;

import static ring.AdminCalls.eventually;
import static ring.AdminCalls.got;
import static ring.AdminCalls.refused;
import static ring.AdminCalls.unadvertised;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.UnsupportedByAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.quota.ClientQuotaAlteration.Op;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Calls about the cluster: brokers, features, quorum, quotas, and what needs security. */
final class AdminCallsCluster {
    private AdminCallsCluster() { }

    static void run(Admin admin) throws Exception {
        cluster(admin);
        features(admin);
        quotas(admin);
        security(admin);
        // Nobody takes clients' metrics here, and the client knows it.
        try {
            admin.clientInstanceId(Duration.ofMillis(200));
        } catch (RuntimeException e) {
            Ring.expect(e instanceof IllegalStateException || e instanceof org.apache.kafka.common.KafkaException, "clientInstanceId: " + e);
        }
    }

    private static void cluster(Admin admin) throws Exception {
        var seen = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true).includeFencedBrokers(true));
        Ring.expectEquals(1, got(seen.nodes()).size(), "brokers");
        Ring.expectEquals(1, got(seen.controller()).id(), "controller");
        Ring.expectEquals(22, got(seen.clusterId()).length(), "length of the cluster id");
        Ring.expect(!got(seen.authorizedOperations()).isEmpty(), "no authorized operations");
        QuorumInfo quorum = got(admin.describeMetadataQuorum().quorumInfo());
        Ring.expectEquals(1, quorum.leaderId(), "leader of the quorum");
        Ring.expectEquals(1, quorum.voters().size(), "voters");
        Ring.expect(quorum.highWatermark() > 0, "high watermark of the quorum");
        refused(BrokerIdNotRegisteredException.class, admin.unregisterBroker(77).all());
        Set<RaftVoterEndpoint> endpoints = Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 9093));
        refused(UnsupportedVersionException.class, admin.addRaftVoter(2, Uuid.randomUuid(), endpoints).all());
        refused(UnsupportedVersionException.class, admin.removeRaftVoter(2, Uuid.randomUuid()).all());
    }

    private static void features(Admin admin) throws Exception {
        FeatureMetadata seen = got(admin.describeFeatures().featureMetadata());
        short level = seen.finalizedFeatures().get("metadata.version").maxVersionLevel();
        short most = seen.supportedFeatures().get("metadata.version").maxVersion();
        Ring.expect(level <= most && seen.finalizedFeaturesEpoch().isPresent(), "features: " + seen);
        short group = seen.finalizedFeatures().get("group.version").maxVersionLevel();
        Ring.expectEquals((short) 1, group, "group.version");
        update(admin, "group.version", (short) 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE, false);
        eventually(false, () -> got(admin.describeFeatures().featureMetadata()).finalizedFeatures().containsKey("group.version"), "lowered");
        update(admin, "group.version", (short) 1, FeatureUpdate.UpgradeType.UPGRADE, true);
        Ring.expect(!got(admin.describeFeatures().featureMetadata()).finalizedFeatures().containsKey("group.version"), "raised by a dry run");
        update(admin, "group.version", (short) 1, FeatureUpdate.UpgradeType.UPGRADE, false);
        eventually(true, () -> got(admin.describeFeatures().featureMetadata()).finalizedFeatures().containsKey("group.version"), "raised");
        refused(InvalidUpdateVersionException.class, admin.updateFeatures(Map.of("metadata.version",
            new FeatureUpdate((short) (most + 100), FeatureUpdate.UpgradeType.UPGRADE)), new UpdateFeaturesOptions()).all());
    }

    private static void update(Admin admin, String feature, short level, FeatureUpdate.UpgradeType how, boolean dry) throws Exception {
        got(admin.updateFeatures(Map.of(feature, new FeatureUpdate(level, how)), new UpdateFeaturesOptions().validateOnly(dry)).all());
    }

    private static void quotas(Admin admin) throws Exception {
        ClientQuotaEntity entity = new ClientQuotaEntity(Map.of("client-id", "slow"));
        got(admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(new Op("producer_byte_rate", 1e6), new Op("request_percentage", 50.0))))).all());
        ClientQuotaFilter filter = ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity("client-id", "slow")));
        eventually(Map.of(entity, Map.of("producer_byte_rate", 1e6, "request_percentage", 50.0)),
            () -> got(admin.describeClientQuotas(filter).entities()), "quotas");
        got(admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(new Op("producer_byte_rate", null), new Op("request_percentage", null))))).all());
        eventually(Map.of(), () -> got(admin.describeClientQuotas(filter).entities()), "quotas");
        refused(InvalidRequestException.class, admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, List.of(new Op("no_such_rate", 1.0))))).all());
        refused(InvalidRequestException.class, admin.alterClientQuotas(List.of(
            new ClientQuotaAlteration(new ClientQuotaEntity(Map.of("planet", "earth")), List.of(new Op("producer_byte_rate", 1.0))))).all());
    }

    private static void security(Admin admin) throws Exception {
        AclBinding rule = new AclBinding(new ResourcePattern(ResourceType.TOPIC, "called", PatternType.LITERAL),
            new AccessControlEntry("User:me", "*", AclOperation.READ, AclPermissionType.ALLOW));
        refused(SecurityDisabledException.class, admin.createAcls(List.of(rule)).all());
        refused(SecurityDisabledException.class, admin.describeAcls(AclBindingFilter.ANY).values());
        refused(SecurityDisabledException.class, admin.deleteAcls(List.of(rule.toFilter())).all());
        refused(UnsupportedByAuthenticationException.class, admin.createDelegationToken().delegationToken());
        refused(UnsupportedByAuthenticationException.class, admin.renewDelegationToken(new byte[4]).expiryTimestamp());
        refused(UnsupportedByAuthenticationException.class, admin.expireDelegationToken(new byte[4]).expiryTimestamp());
        refused(UnsupportedByAuthenticationException.class, admin.describeDelegationToken().delegationTokens());
        unadvertised(() -> admin.alterUserScramCredentials(List.of(
            new UserScramCredentialUpsertion("me", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "secret"))).all());
        unadvertised(() -> admin.describeUserScramCredentials().all());
    }
}
