#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "access/refreshed_keys.h"
#include "access/token_verifier.h"
#include "app/issuer_settings.h"

namespace freshet::app {

// The verifier of the tokens of all configured issuers, and the threads that keep their keys fresh.
class Tokens {
 public:
  // The error is `invalid_arguments` and names the setting.
  static base::Result<std::unique_ptr<Tokens>> make(const std::vector<IssuerSettings>& issuers,
                                                    const base::Clock& clock);
  ~Tokens() { stop(); }

  // Null: no issuer is configured.
  access::Authenticator* verifier() { return verifier_ ? &*verifier_ : nullptr; }

  void start();
  // Those who wait for keys are answered. Before what they call goes away.
  void stop();

 private:
  Tokens() = default;

  std::vector<std::shared_ptr<access::RefreshedKeys>> refreshed_;
  std::optional<access::TokenVerifier> verifier_;
};

}  // namespace freshet::app
