package matrix;

import java.util.Map;

/** MirrorMaker 2 from the broker to itself, which is known as a and as b. */
public final class MirrorProgram {
    private MirrorProgram() {}

    public static void main(String[] args) throws Exception {
        try (Mirror mirror = new Mirror()) {
            Matrix.run("mirror-maker", Plain.clientsVersion(), Map.of(
                    "records", mirror::records,
                    "offsets", mirror::offsets,
                    "heartbeats", mirror::heartbeats,
                    "restart", mirror::restart));
        }
    }
}
