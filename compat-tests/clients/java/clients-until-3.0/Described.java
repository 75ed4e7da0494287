package matrix;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;

/** DescribeTopics, by the name that its result has in these versions of kafka-clients. */
final class Described {
    private Described() {}

    static TopicDescription topic(Admin admin, String name) throws Exception {
        return admin.describeTopics(List.of(name)).all().get().get(name);
    }
}
