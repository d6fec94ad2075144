package dev.quoin.iscsi.jscsi;

import dev.quoin.iscsi.Exported;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jscsi.exception.ConfigurationException;
import org.jscsi.exception.NoSuchSessionException;
import org.jscsi.exception.TaskExecutionException;
import org.jscsi.initiator.Configuration;
import org.jscsi.initiator.Initiator;

/** One session of jSCSI's initiator, which is configured by an XML file. */
final class JscsiClient implements AutoCloseable {

    private static final String ID = "unit";

    private final Initiator initiator;

    private JscsiClient(Initiator initiator) {
        this.initiator = initiator;
    }

    /**
     * Logs in to the target of {@link Exported} at a port.
     *
     * @param keys elements that replace the usual ones of the same name
     */
    static JscsiClient logIn(Path directory, int port, String initiatorName, String keys)
            throws IOException, ConfigurationException, NoSuchSessionException {
        Path schema = Files.createTempFile(directory, "jscsi", ".xsd");
        try (InputStream in = Initiator.class.getResourceAsStream("/jscsi.xsd")) {
            Files.copy(in, schema, StandardCopyOption.REPLACE_EXISTING);
        }
        Path file = Files.createTempFile(directory, "jscsi", ".xml");
        Files.writeString(file, configuration(port, initiatorName, keys));
        Initiator initiator = new Initiator(Configuration.create(schema.toFile(), file.toFile()));
        initiator.createSession(ID);
        return new JscsiClient(initiator);
    }

    private static String configuration(int port, String initiatorName, String keys) {
        return """
                <?xml version="1.0" encoding="UTF-8" ?>
                <configuration xmlns="http://www.jscsi.org/2006-09"
                    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                    xsi:schemaLocation="http://www.jscsi.org/2006-09 jscsi.xsd">
                  <global>
                    <AuthMethod>None</AuthMethod>
                    <DataDigest>None</DataDigest>
                    <DataPDUInOrder>Yes</DataPDUInOrder>
                    <DataSequenceInOrder>Yes</DataSequenceInOrder>
                    <DefaultTime2Retain>20</DefaultTime2Retain>
                    <DefaultTime2Wait>2</DefaultTime2Wait>
                    <ErrorRecoveryLevel>0</ErrorRecoveryLevel>
                    <FirstBurstLength>65536</FirstBurstLength>
                    <HeaderDigest>None</HeaderDigest>
                    <IFMarker>No</IFMarker>
                    <IFMarkInt>2048</IFMarkInt>
                    <ImmediateData>Yes</ImmediateData>
                    <InitialR2T>Yes</InitialR2T>
                    <InitiatorAlias>tester</InitiatorAlias>
                    <InitiatorName>%s</InitiatorName>
                    <MaxBurstLength>262144</MaxBurstLength>
                    <MaxConnections>1</MaxConnections>
                    <MaxOutstandingR2T>1</MaxOutstandingR2T>
                    <MaxRecvDataSegmentLength>8192</MaxRecvDataSegmentLength>
                    <OFMarker>No</OFMarker>
                    <OFMarkInt>2048</OFMarkInt>
                    <SessionType>Normal</SessionType>
                  </global>
                  <target id="%s" address="127.0.0.1" port="%d">
                    %s
                    <TargetName>%s</TargetName>
                  </target>
                </configuration>
                """.formatted(initiatorName, ID, port, keys, Exported.NAME);
    }

    long blockSize() throws NoSuchSessionException {
        return initiator.getBlockSize(ID);
    }

    /** What READ CAPACITY (10) said: jSCSI calls it a capacity, and it is the address of the last block. */
    long lastBlock() throws NoSuchSessionException {
        return initiator.getCapacity(ID);
    }

    byte[] read(int lba, int length) throws NoSuchSessionException, TaskExecutionException {
        ByteBuffer target = ByteBuffer.allocate(length);
        initiator.read(ID, target, lba, length);
        return target.array();
    }

    void write(int lba, byte[] bytes) throws NoSuchSessionException, TaskExecutionException {
        initiator.write(ID, ByteBuffer.wrap(bytes), lba, bytes.length);
    }

    /** Logs out. */
    @Override
    public void close() throws NoSuchSessionException, TaskExecutionException {
        initiator.closeSession(ID);
    }
}
