//! Goose's well-known providers. Names, keys and default models are those that Goose 1.52 lists itself.

/// One of Goose's providers.
#[derive(Debug)]
pub(super) struct Provider {
    /// `GOOSE_PROVIDER`
    pub(super) name: &'static str,
    /// The variable that says that it is set up.
    pub(super) key: &'static str,
    /// What is used unless `GOOSE_MODEL` says otherwise.
    pub(super) model: &'static str,
    /// Other variables that it reads.
    more: &'static [&'static str],
}

impl Provider {
    pub(super) fn has(&self, variable: &str) -> bool {
        self.key == variable || self.more.contains(&variable)
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.key).chain(self.more.iter().copied())
    }
}

/// The first whose key is there is the one that is inferred.
pub(super) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "anthropic",
        key: "ANTHROPIC_API_KEY",
        model: "claude-sonnet-4-5",
        more: &["ANTHROPIC_HOST"],
    },
    Provider {
        name: "openai",
        key: "OPENAI_API_KEY",
        model: "gpt-4o",
        more: &[
            "OPENAI_HOST",
            "OPENAI_BASE_URL",
            "OPENAI_BASE_PATH",
            "OPENAI_ORGANIZATION",
            "OPENAI_PROJECT",
            "OPENAI_CUSTOM_HEADERS",
            "OPENAI_TIMEOUT",
        ],
    },
    Provider { name: "google", key: "GOOGLE_API_KEY", model: "gemini-2.5-pro", more: &["GOOGLE_HOST"] },
    Provider {
        name: "openrouter",
        key: "OPENROUTER_API_KEY",
        model: "anthropic/claude-sonnet-4",
        more: &["OPENROUTER_HOST", "OPENROUTER_PARAMETERS"],
    },
    Provider { name: "xai", key: "XAI_API_KEY", model: "grok-4.5", more: &["XAI_HOST"] },
    Provider { name: "mistral", key: "MISTRAL_API_KEY", model: "mistral-medium-latest", more: &[] },
    Provider { name: "groq", key: "GROQ_API_KEY", model: "moonshotai/kimi-k2-instruct-0905", more: &[] },
    Provider { name: "custom_deepseek", key: "DEEPSEEK_API_KEY", model: "deepseek-v4-flash", more: &[] },
    Provider {
        name: "databricks",
        key: "DATABRICKS_HOST",
        model: "databricks-claude-sonnet-4",
        more: &["DATABRICKS_TOKEN"],
    },
    Provider { name: "ollama", key: "OLLAMA_HOST", model: "qwen3", more: &["OLLAMA_TIMEOUT"] },
];

/// What any provider may need: the way out, and Goose's own limits.
pub(super) const COMMON: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GOOSE_MAX_TURNS",
    "GOOSE_CONTEXT_LIMIT",
    "GOOSE_TEMPERATURE",
];

/// The provider of this name.
pub(super) fn of(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}
