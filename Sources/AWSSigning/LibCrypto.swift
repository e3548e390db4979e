internal import CLibCrypto
import Synchronization

/// OpenSSL's libcrypto as this room uses it: SHA-256, HMAC, random bytes, equality, cleansing.
///
/// Every return value is looked at, since a digest that failed unnoticed would become a signature
/// that is merely wrong. https://docs.openssl.org/3.0/man7/crypto/
enum LibCrypto {
    /// Bytes of a SHA-256 digest, and of its HMAC.
    static let digestBytes = 32

    static func sha256(_ bytes: UnsafeRawBufferPointer) throws(SigningError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestBytes)
        var count: UInt32 = 0
        guard let method = sha256Method.pointer,
            EVP_Digest(bytes.baseAddress, bytes.count, &digest, &count, method, nil) == 1,
            count == digestBytes
        else { throw failure(.digest, "SHA-256") }
        return digest
    }

    static func sha1(_ bytes: UnsafeRawBufferPointer) throws(SigningError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var count: UInt32 = 0
        guard EVP_Digest(bytes.baseAddress, bytes.count, &digest, &count, EVP_sha1(), nil) == 1,
            count == digest.count
        else { throw failure(.digest, "SHA-1") }
        return digest
    }

    /// The HMAC-SHA-256 of a message under a key of at least one byte.
    static func hmac(
        key: borrowing SecretBytes, message: UnsafeRawBufferPointer
    ) throws(SigningError) -> SecretBytes {
        var result = SecretBytes(count: digestBytes)
        let isDone = key.withBytes { key in
            result.withMutableBytes { result in
                // To OpenSSL no key means the key of the message before.
                !key.isEmpty
                    && mac.withLock { $0.compute(key: key, message: message, into: result) }
            }
        }
        guard isDone else { throw failure(.mac, "HMAC") }
        return result
    }

    /// Compares in a time that depends on the lengths alone.
    static func isEqual(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        let (a, b) = (Array(a), Array(b))
        return a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }

    static func random(_ count: Int) throws(SigningError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard let size = Int32(exactly: count), RAND_bytes(&bytes, size) == 1 else {
            throw failure(.random, "RAND_bytes")
        }
        return bytes
    }

    /// Overwrites in a way that no optimiser leaves out.
    static func cleanse(_ bytes: UnsafeMutableRawBufferPointer) {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
    }

    private static let sha256Method = DigestMethod()
    private static let mac = Mutex(MACContext())

    /// What OpenSSL says of the latest failure; empties its queue for this thread.
    private static func failure(_ code: SigningError.Code, _ what: String) -> SigningError {
        var reason = "libcrypto gave no reason"
        var number = ERR_get_error()
        while number != 0 {
            var text = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(number, &text, text.count)
            reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            number = ERR_get_error()
        }
        return SigningError(code: code, message: "\(what) failed: \(reason)")
    }
}

/// SHA-256, fetched once: a fetch for every digest would cost more than a short digest does.
private struct DigestMethod: @unchecked Sendable {  // an EVP_MD never changes once fetched
    let pointer = EVP_MD_fetch(nil, "SHA256", nil)
}

/// HMAC's context, made once and used again for every message behind one lock.
private struct MACContext: ~Copyable, @unchecked Sendable {  // used only under the lock of mac
    private let context: OpaquePointer?

    init() {
        let mac = EVP_MAC_fetch(nil, "HMAC", nil)
        defer { EVP_MAC_free(mac) }
        let context = mac.flatMap { EVP_MAC_CTX_new($0) }
        var digest = Array("SHA256".utf8CString)
        let isSet = OSSL_MAC_PARAM_DIGEST.withCString { name in
            digest.withUnsafeMutableBufferPointer { value in
                var parameters = [
                    OSSL_PARAM_construct_utf8_string(name, value.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_CTX_set_params(context, &parameters) == 1
            }
        }
        if context != nil, !isSet { EVP_MAC_CTX_free(context) }
        self.context = isSet ? context : nil
    }

    deinit { EVP_MAC_CTX_free(context) }

    mutating func compute(
        key: UnsafeRawBufferPointer, message: UnsafeRawBufferPointer,
        into result: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let context else { return false }
        let keyBytes = key.assumingMemoryBound(to: UInt8.self).baseAddress
        let messageBytes = message.assumingMemoryBound(to: UInt8.self).baseAddress
        let resultBytes = result.assumingMemoryBound(to: UInt8.self).baseAddress
        var count = 0
        return EVP_MAC_init(context, keyBytes, key.count, nil) == 1
            && (message.isEmpty || EVP_MAC_update(context, messageBytes, message.count) == 1)
            && EVP_MAC_final(context, resultBytes, &count, result.count) == 1
            && count == LibCrypto.digestBytes
    }
}
