package ring;

import static ring.AdminCalls.eventually;
import static ring.AdminCalls.got;
import static ring.AdminCalls.refused;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** DescribeConfigs, IncrementalAlterConfigs and ListConfigResources for every kind of resource. */
final class AdminCallsConfigs {
    private static final ConfigResource TOPIC = new ConfigResource(Type.TOPIC, "called");
    private static final ConfigResource BROKER = new ConfigResource(Type.BROKER, "1");
    private static final ConfigResource BROKERS = new ConfigResource(Type.BROKER, "");
    private static final ConfigResource GROUP = new ConfigResource(Type.GROUP, "configured");
    private static final ConfigResource METRICS = new ConfigResource(Type.CLIENT_METRICS, "measured");
    private static final ConfigResource LOGGER = new ConfigResource(Type.BROKER_LOGGER, "1");

    private AdminCallsConfigs() { }

    static void run(Admin admin) throws Exception {
        topic(admin);
        brokers(admin);
        changes(admin, GROUP, "consumer.session.timeout.ms", "46000", "soon");
        changes(admin, METRICS, "interval.ms", "2000", "soon");
        loggers(admin);
        listed(admin);
    }

    private static void topic(Admin admin) throws Exception {
        DescribeConfigsOptions all = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        ConfigEntry retention = got(admin.describeConfigs(List.of(TOPIC), all).all()).get(TOPIC).get("retention.ms");
        Ring.expectEquals(ConfigSource.DYNAMIC_TOPIC_CONFIG, retention.source(), "source");
        Ring.expect(!retention.isReadOnly() && !retention.isSensitive() && !retention.isDefault(), "flags of " + retention);
        Ring.expectEquals(ConfigEntry.ConfigType.LONG, retention.type(), "type");
        Ring.expect(retention.documentation() != null && !retention.documentation().isEmpty(), "no documentation");
        changes(admin, TOPIC, "max.message.bytes", "2000001", "many");
        alter(admin, TOPIC, "cleanup.policy", "compact", OpType.SET);
        alter(admin, TOPIC, "cleanup.policy", "delete", OpType.APPEND);
        eventually("compact,delete", () -> value(admin, TOPIC, "cleanup.policy"), "appended");
        alter(admin, TOPIC, "cleanup.policy", "compact", OpType.SUBTRACT);
        eventually("delete", () -> value(admin, TOPIC, "cleanup.policy"), "subtracted");
        ConfigResource absent = new ConfigResource(Type.TOPIC, "absent");
        refused(UnknownTopicOrPartitionException.class, admin.describeConfigs(List.of(absent)).all());
        refused(UnknownTopicOrPartitionException.class, admin.incrementalAlterConfigs(change(absent, "retention.ms", "1", OpType.SET)).all());
        refused(InvalidConfigurationException.class, admin.incrementalAlterConfigs(change(TOPIC, "no.such.key", "1", OpType.SET)).all());
    }

    private static void brokers(Admin admin) throws Exception {
        String key = "log.cleaner.backoff.ms";
        alter(admin, BROKERS, key, "15001", OpType.SET);
        eventually(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, () -> entry(admin, BROKER, key).source(), "default of all");
        alter(admin, BROKER, key, "15002", OpType.SET);
        eventually(ConfigSource.DYNAMIC_BROKER_CONFIG, () -> entry(admin, BROKER, key).source(), "of this broker");
        Ring.expectEquals("15002", value(admin, BROKER, key), key);
        alter(admin, BROKER, key, null, OpType.DELETE);
        eventually("15001", () -> value(admin, BROKER, key), "back to the default of all");
        alter(admin, BROKERS, key, null, OpType.DELETE);
        eventually("15000", () -> value(admin, BROKER, key), "back to the default");
        Ring.expect(entry(admin, BROKER, "node.id").isReadOnly(), "node.id may be changed");
        refused(InvalidRequestException.class, admin.incrementalAlterConfigs(change(BROKER, "node.id", "2", OpType.SET)).all());
    }

    /** Sets, reads, refuses a wrong value, tries without effect, deletes. */
    private static void changes(Admin admin, ConfigResource resource, String key, String good, String wrong) throws Exception {
        got(admin.incrementalAlterConfigs(change(resource, key, good, OpType.SET), new AlterConfigsOptions().validateOnly(true)).all());
        Ring.expect(!good.equals(value(admin, resource, key)), key + " changed by a dry run");
        alter(admin, resource, key, good, OpType.SET);
        eventually(good, () -> value(admin, resource, key), key);
        refused(InvalidConfigurationException.class, admin.incrementalAlterConfigs(change(resource, key, wrong, OpType.SET)).all());
        Ring.expectEquals(good, value(admin, resource, key), key + " after a refused change");
        if (resource.type() == Type.TOPIC)
            alter(admin, resource, key, null, OpType.DELETE);
    }

    private static void loggers(Admin admin) throws Exception {
        String name = got(admin.describeConfigs(List.of(LOGGER)).all()).get(LOGGER).entries().stream()
            .map(ConfigEntry::name).filter(each -> !each.equals("root")).findFirst().orElseThrow();
        alter(admin, LOGGER, name, "ERROR", OpType.SET);
        eventually("ERROR", () -> value(admin, LOGGER, name), "level of " + name);
        alter(admin, LOGGER, name, null, OpType.DELETE);
        refused(InvalidConfigurationException.class, admin.incrementalAlterConfigs(change(LOGGER, name, "LOUD", OpType.SET)).all());
        refused(InvalidConfigurationException.class, admin.incrementalAlterConfigs(change(LOGGER, "no.such.logger", "INFO", OpType.SET)).all());
    }

    private static void listed(Admin admin) throws Exception {
        for (ConfigResource each : List.of(TOPIC, GROUP, METRICS)) {
            Collection<ConfigResource> found = got(admin.listConfigResources(Set.of(each.type()), new ListConfigResourcesOptions()).all());
            Ring.expect(found.contains(each), each + " is not among " + found);
        }
        Ring.expect(got(admin.listConfigResources().all()).size() >= 4, "too few resources");
        Ring.expect(got(admin.listClientMetricsResources().all()).stream().anyMatch(each -> each.name().equals("measured")), "not listed");
    }

    private static void alter(Admin admin, ConfigResource resource, String key, String value, OpType how) throws Exception {
        got(admin.incrementalAlterConfigs(change(resource, key, value, how)).all());
    }

    private static Map<ConfigResource, Collection<AlterConfigOp>> change(ConfigResource resource, String key, String value, OpType how) {
        return Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), how)));
    }

    private static ConfigEntry entry(Admin admin, ConfigResource resource, String key) throws Exception {
        return got(admin.describeConfigs(List.of(resource)).all()).get(resource).get(key);
    }

    private static String value(Admin admin, ConfigResource resource, String key) throws Exception {
        ConfigEntry entry = entry(admin, resource, key);
        return entry == null ? null : entry.value();
    }
}
