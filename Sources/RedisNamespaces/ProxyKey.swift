package import Core
import Crypto

/// What the proxy's passwords for the namespaces' users are made from. The registry has only hashes of the apps' own
/// passwords, so that the proxy could not log in with them. Every proxy of a cluster has the same key.
package struct ProxyKey: Sendable, Hashable {
  private let secret: Secret

  package init(_ secret: Secret) { self.secret = secret }

  /// HMAC-SHA256 of the namespace's real name, in hexadecimal.
  package func password(of namespace: NamespaceID) -> Secret {
    let key = SymmetricKey(data: Array(secret.reveal().utf8))
    return Secret(HMAC<SHA256>.authenticationCode(for: Array(namespace.realName.utf8), using: key).hexadecimal)
  }
}
