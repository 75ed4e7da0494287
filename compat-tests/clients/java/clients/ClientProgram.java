package matrix;

import java.util.LinkedHashMap;
import java.util.Map;

/** The contract, by kafka-clients alone. */
public final class ClientProgram {
    private ClientProgram() {}

    public static void main(String[] args) throws Exception {
        Map<String, Matrix.Scenario> table = new LinkedHashMap<>();
        Producing.scenarios(table);
        Transactions.scenarios(table);
        Consuming.scenarios(table);
        Groups.scenarios(table);
        Administration.scenarios(table);
        Matrix.run("kafka-clients", Plain.clientsVersion(), table);
    }
}
