package ring;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * Every call of the Java Admin client, with its effect looked up by another call where it has one, and its errors. A
 * method of `Admin` that nothing here calls fails the check, so a new client brings its new calls to notice.
 */
final class AdminCalls {
    private static final long LIMIT_S = 30;

    private AdminCalls() { }

    /** `dir` is for a broker of its own: features, folders and settings change. */
    static void run(Path dir) throws Exception {
        Broker broker = new Broker(dir, "ait.disks=2", "transaction.state.log.num.partitions=3");
        broker.start();
        Set<String> called = new TreeSet<>();
        try (Admin client = Records.admin(broker)) {
            Admin admin = recording(client, called);
            AdminCallsTopics.run(admin, broker);
            AdminCallsConfigs.run(admin);
            AdminCallsGroups.run(admin, broker);
            AdminCallsCluster.run(admin);
            admin.metrics();
            admin.registerMetricForSubscription(null);
            admin.unregisterMetricFromSubscription(null);
        }
        Set<String> missing = new TreeSet<>();
        for (Method method : Admin.class.getMethods())
            if (!Modifier.isStatic(method.getModifiers()) && !called.contains(method.getName()))
                missing.add(method.getName());
        missing.remove("close");
        Ring.expect(missing.isEmpty() || onKafka(), "calls of Admin that the check does not make: " + missing);
        Tool.terminal.printf("  admin: %d calls of the Java client%n", called.size());
        broker.stop();
    }

    /** Writes down the name of each method that is called. */
    private static Admin recording(Admin client, Set<String> called) {
        return (Admin) Proxy.newProxyInstance(Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, args) -> {
            called.add(method.getName());
            // Absent metrics are for the names of these two calls alone.
            if (method.getName().endsWith("Subscription") && args[0] == null)
                return null;
            try {
                return method.invoke(client, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    static boolean onKafka() {
        return "kafka".equals(System.getenv("BROKER"));
    }

    /** The value; an error fails the check. */
    static <T> T got(KafkaFuture<T> future) throws Exception {
        return future.get(LIMIT_S, TimeUnit.SECONDS);
    }

    /** The error must be of this class; its message. */
    static String refused(Class<? extends Throwable> wanted, KafkaFuture<?> future) throws Exception {
        try {
            Object value = future.get(LIMIT_S, TimeUnit.SECONDS);
            throw new AssertionError("wanted " + wanted.getSimpleName() + ", got " + value);
        } catch (ExecutionException e) {
            if (wanted.isInstance(e.getCause()))
                return String.valueOf(e.getCause().getMessage());
            throw new AssertionError("wanted " + wanted.getSimpleName() + ", got " + e.getCause(), e);
        }
    }

    /**
     * A call for which Ottla advertises no API: the client says so itself, at once. On Kafka it is not made: with one broker
     * it may wait long for the coordinators of such groups, whose topics want three, and the client sends one request at a
     * time.
     */
    static void unadvertised(Supplier<KafkaFuture<?>> call) throws Exception {
        if (!onKafka())
            refused(UnsupportedVersionException.class, call.get());
    }

    /** Asks until the answer is right: Kafka answers some changes before every reader knows of them. */
    static <T> void eventually(T wanted, Ask<T> ask, String what) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        T got = ask.now();
        while (!wanted.equals(got)) {
            if (System.nanoTime() > end)
                throw new TimeoutException(what + ": wanted " + wanted + ", got " + got);
            Thread.sleep(20);
            got = ask.now();
        }
    }

    /** A question that is put again. */
    interface Ask<T> {
        T now() throws Exception;
    }
}
