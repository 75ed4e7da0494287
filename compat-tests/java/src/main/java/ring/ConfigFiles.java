package ring;

import java.io.ByteArrayInputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;

/**
 * How Java reads properties files, and Kafka config providers and the variables of its image, as the tables that the
 * test config_files of the broker goes by. RING_WRITE=1 scripts/ring-java files writes them.
 */
final class ConfigFiles {
    private static final String[] PIECES = {"a", "b", "key.1", "=", ":", " ", "\t", "\f", "\\", "\\\\", "\n", "\n", "\r", "\r\n", "#", "!",
        "\\u00e9", "\\u20AC", "\\uD83D\\uDE00", "\u00e9", "\\n", "\\t", "\\r", "\\f", "\\x", "\\=", "\\:", "\\ ", "\\#", "7", ",", "\\\n  ", "\n#", "$", "{", "}"};
    private static final String[] FILES = {"", "a", "a=b", "a = b ", "a\\", "\\", "\\\n", "\\\n#a=b", "\\\n\na=b", "a=b\\\n\nc=d", "a=b\\\n#c=d",
        "a=b\\\r\n  c\\\r  d", "a=\\u00", "a=\\u00g0", "a\\u003db=c", "=b", ":", " ", "#a", "!a\\\nb=c", "a b=c", "a  =  b", "a=1\na=2", "a:b=c", "a\\:b=c",
        "listeners=PLAINTEXT\\://\\:9092", "a=\\\\\\\nb", "a=b\\\\\nc=d", "p=C:\\new\\table", "a\fb", "a=\fb\f", "\ufeffa=b".replace('\ufeff', '\u00ef')};
    private static final int RANDOM_FILES = 400;
    private static final String ENV = "config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider";
    private static final String FILE = "config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider";
    private static final String DIR = "config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider";
    private static final String ALL = "config.providers=env,file,dir\t" + ENV + "\t" + FILE + "\t" + DIR;
    private static final String[] VALUES = {"${env:RING_X}", "1${env:RING_X}2${env:RING_NONE}3${no:RING_X}4", "${env:path:RING_X}", "${env::RING_X}",
        "${env:}", "${:RING_X}", "${env}", "${env:RING_X", "${${env:RING_X}}", "${env:RING_X}}", "$${env:RING_X}", "\\${env:RING_X}", "${a} ${env:RING_X}",
        "${env:RING_EMPTY}|", "${env:RING_X:RING_X}", "${env: RING_X}", "${ENV:RING_X}", "${file:@/p.properties:k}", "${file:@/p.properties:n}",
        "${file:@/p.properties:self}", "${file:@/p.properties:none}", "${file:@/none:k}", "${file:@/p.properties}", "${file::k}", "${file:@/broken.properties:k}",
        "${file:@/p.properties:a:b}", "${file:@/d:k}", "${dir:@/d:k}", "${dir:@/d:none}", "${dir:@/none:k}", "${dir:@:d}", "${dir:@/d:../p.properties}", "${dir::k}",
        "${dir:@/d/../d:k}", "${env:RING_X}${file:@/p.properties:k}${dir:@/d:k}"};
    private static final String[] PROVIDERS = {
        "broker.rack=${env:RING_X}", "config.providers=env\tbroker.rack=${env:RING_X}", "config.providers=\t" + ENV + "\tbroker.rack=${env:RING_X}",
        "config.providers=env,\t" + ENV + "\tbroker.rack=${env:RING_X}", "config.providers=env, file\t" + ENV + "\t" + FILE
            + "\tbroker.rack=${env:RING_X}${file:@/p.properties:k}",
        "config.providers= env\t" + ENV + "\tbroker.rack=${env:RING_X}", "config.providers=env,env\t" + ENV + "\tbroker.rack=${env:RING_X}",
        "config.providers=x\tconfig.providers.x.class=no.such.Class\tbroker.rack=1", "config.providers=x\tconfig.providers.x.class=\tbroker.rack=1",
        "config.providers=y\tconfig.providers.x.class=no.such.Class\tbroker.rack=1",
        "config.providers=env\tconfig.providers.env.class= org.apache.kafka.common.config.provider.EnvVarConfigProvider\tbroker.rack=1",
        "config.providers=secrets\tconfig.providers.secrets.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\tbroker.rack=${secrets:RING_X}",
        ALL + "\tconfig.providers.env.param.allowlist.pattern=RING_Y.*\tbroker.rack=${env:RING_X}${env:RING_YX}",
        ALL + "\tconfig.providers.env.param.allowlist.pattern=X\tbroker.rack=${env:RING_X}",
        ALL + "\tconfig.providers.env.param.allowlist.pattern=RING_X|Z\tbroker.rack=${env:RING_X}${env:RING_YX}",
        ALL + "\tconfig.providers.env.param.allowlist.pattern=[\tbroker.rack=${env:RING_X}",
        ALL + "\tconfig.providers.file.param.allowed.paths=@/none\tbroker.rack=1", ALL + "\tconfig.providers.file.param.allowed.paths=d\tbroker.rack=1",
        ALL + "\tconfig.providers.file.param.allowed.paths=,@\tbroker.rack=1", ALL + "\tconfig.providers.file.param.allowed.paths=\tbroker.rack=${file:@/p.properties:k}",
        ALL + "\tconfig.providers.file.param.allowed.paths=@\tbroker.rack=${file:@/p.properties:k}",
        ALL + "\tconfig.providers.file.param.allowed.paths=@/d\tbroker.rack=${file:@/p.properties:k}",
        ALL + "\tconfig.providers.file.param.allowed.paths=@/d\tbroker.rack=${file:@/d/../p.properties:k}",
        ALL + "\tconfig.providers.file.param.allowed.paths=@/d,@/p.properties\tbroker.rack=${file:@/p.properties:k}",
        ALL + "\tconfig.providers.dir.param.allowed.paths=@/d\tbroker.rack=${dir:@/d:k}", ALL + "\tconfig.providers.dir.param.allowed.paths=@/e\tbroker.rack=${dir:@/d:k}"};
    private static final String[] VARIABLES = {"KAFKA_LOG_DIRS", "KAFKA_A__B", "KAFKA_A___B", "KAFKA_A____B", "KAFKA_A_____B", "KAFKA_A______B",
        "KAFKA_KAFKA_METRICS_REPORTERS", "KAFKA_X", "kafka_x", "XKAFKA_Y", "KAFKA__X", "KAFKA_X_", "KAFKA_HOME", "KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_HEAP_OPT",
        "KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_JMX_PORT", "KAFKA_JMX_HOSTNAME", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_OPTS",
        "KAFKA_LOG4J_LOGGERS", "KAFKA_LOG4J_ROOT_LOGLEVEL", "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_MixedCase", "KAFKA_A.B", "KAFKA_A-B",
        "KAFKA_LISTENER_NAME_INTERNAL_SSL_KEYSTORE_LOCATION", "CLUSTER_ID", "KAFKA_CLUSTER_ID"};

    private ConfigFiles() { }

    static void run(Path dir) throws Exception {
        compare("java-properties.tsv", files());
        compare("kafka-providers.tsv", providers(dir));
        compare("kafka-variables.tsv", variables());
    }

    private static void compare(String name, List<String> fresh) throws Exception {
        Path table = Path.of(System.getProperty("ring.root"), "broker/tests/vectors", name);
        if (System.getenv("RING_WRITE") != null)
            Files.writeString(table, String.join("\n", fresh) + "\n");
        Records.expectStart(fresh, Files.readString(table).lines().toList(), table.toString());
    }

    private static List<String> files() throws Exception {
        List<String> texts = new ArrayList<>(List.of(FILES));
        Random random = new Random(4711);
        for (int n = 0; n < RANDOM_FILES; n++) {
            StringBuilder text = new StringBuilder();
            for (int length = 1 + random.nextInt(30); length > 0; length--)
                text.append(PIECES[random.nextInt(PIECES.length)]);
            texts.add(text.toString());
        }
        List<String> out = new ArrayList<>();
        out.add("# A file, and the keys and values that java.util.Properties reads in it; what is not plain is written as \\uXXXX.");
        for (String text : texts) {
            Properties properties = new Properties();
            StringBuilder line = new StringBuilder(plain(text));
            try {
                properties.load(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
                new TreeMap<>(properties).forEach((key, value) -> line.append('\t').append(plain((String) key)).append('\t').append(plain((String) value)));
            } catch (IllegalArgumentException refused) {
                line.append("\terror");
            }
            // Half a pair of UTF-16 is a text to Java alone.
            if (properties.values().stream().allMatch(ConfigFiles::isWhole) && properties.keySet().stream().allMatch(ConfigFiles::isWhole))
                out.add(line.toString());
        }
        return out;
    }

    private static boolean isWhole(Object text) {
        return text.toString().codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static List<String> providers(Path dir) throws Exception {
        Files.createDirectories(dir.resolve("d"));
        Files.writeString(dir.resolve("d/k"), "from a folder\n");
        Files.writeString(dir.resolve("p.properties"), "k=\u00fc\\u00e4 \nn=7\nk=\u20ac\nself=${env:RING_X}\na\\:b=c\n");
        Files.writeString(dir.resolve("broken.properties"), "k=\\u12\n");
        List<String> cases = new ArrayList<>(List.of(PROVIDERS));
        for (String value : VALUES)
            cases.add(ALL + "\tbroker.rack=" + value);
        List<String> out = new ArrayList<>();
        out.add("# What broker.rack becomes with these properties (@ = the test's folder), by Kafka's config providers.");
        for (String line : cases) {
            Map<String, String> given = new LinkedHashMap<>();
            for (String pair : line.split("\t"))
                given.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1).replace("@", dir.toString()));
            String outcome;
            try {
                outcome = "ok " + new AbstractConfig(new ConfigDef().define("broker.rack", Type.STRING, "", Importance.LOW, ""), given, false)
                    .getString("broker.rack").replace(dir.toString(), "@");
            } catch (RuntimeException refused) {
                outcome = "error";
            }
            out.add(plain(outcome) + "\t" + line);
        }
        return out;
    }

    private static List<String> variables() throws Exception {
        Class<?> type = Class.forName("kafka.docker.KafkaDockerWrapper$");
        Object wrapper = type.getField("MODULE$").get(null);
        Method configs = type.getDeclaredMethod("getServerConfigsFromEnv", scala.collection.immutable.Map.class);
        List<String> out = new ArrayList<>();
        out.add("# A variable, and the config that it sets in the image of Apache Kafka (KafkaDockerWrapper); - for none.");
        for (String variable : VARIABLES) {
            var list = (scala.collection.immutable.List<?>) configs.invoke(wrapper, new scala.collection.immutable.Map.Map1<>(variable, "value"));
            out.add(variable + "\t" + (list.isEmpty() ? "-" : list.head().toString().replace("=value", "")));
        }
        return out;
    }

    private static String plain(String text) {
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray())
            out.append(c < ' ' || c > '~' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        return out.toString();
    }
}
