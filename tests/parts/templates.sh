#!/usr/bin/env bash
# what: templates: sam validate, cfn-lint, checkov, defects; signatures checked by an emulator
source "$(dirname "$0")/common.bash"

need_rust
sam_tools
python_tools checkov checkov==3.3.30
python_tools e2e -r tests/e2e/requirements.txt
# sam comes from its own environment, Python from those of checkov and the emulator.
export PATH="$PWD/.tools/sam/bin:$PATH"

for template in template.yaml integrations/*/template.yaml; do
  sam validate --lint --template "$template"
  cfn-lint --template "$template"
  # WS1000: traces cost more than they are worth here. WS1004: LoggingConfig names the log groups,
  # which the rule does not know. ES6000: the queue is itself a dead-letter queue.
  cfn-lint --template "$template" --append-rules cfn_lint_serverless.rules --ignore-checks WS1000 WS1004 ES6000
  checkov --config-file .checkov.yaml -f "$template"
done
python3 tests/gates/broken.py
python3 tests/gates/test_binaries.py
.tools/e2e/bin/python tests/e2e/strict.py
.tools/e2e/bin/python tests/e2e/signatures.py
