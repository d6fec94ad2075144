package dev.quoin.dlm.security;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Map;

/** Whether two keys belong together. */
final class KeyPairs {

    private static final Map<String, String> SIGNATURES =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "EdDSA", "EdDSA");

    private static final byte[] SAMPLE = {1, 2, 3, 4};

    private KeyPairs() {}

    static boolean match(PublicKey known, PrivateKey secret) {
        String algorithm = SIGNATURES.get(secret.getAlgorithm());
        if (algorithm == null) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(secret);
            signature.update(SAMPLE);
            byte[] signed = signature.sign();
            signature.initVerify(known);
            signature.update(SAMPLE);
            return signature.verify(signed);
        } catch (GeneralSecurityException mismatch) {
            return false;
        }
    }
}
