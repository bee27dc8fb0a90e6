# bash completion for qrpay

# Offers those of the words that begin with what is typed.
_qrpay_offer() {
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
    done
}

# Offers what a value of the given kind can be: words, or paths, which bash itself knows best.
_qrpay_offer_value() {
    case ${1-} in
        words) _qrpay_offer "${@:2}" ;;
        file) compopt -o default ;;
        directory) compopt -o dirnames ;;
    esac
}

# Sets kind to what the value of an option is: empty for a flag. $1: the command, $2: the option
_qrpay_option_kind() {
    case "$1|$2" in
        'demo|--dir') kind=(directory) ;;
        'preorder create|--format') kind=(words 'seed' 'iikocloud' 'lines') ;;
        'preorder create|--restaurant') kind=(text) ;;
        'preorder create|--bill-id') kind=(text) ;;
        'preorder create|--currency') kind=(text) ;;
        'preorder create|--qr') kind=(file) ;;
        'preorder create|--qr-style') kind=(words 'ansi' 'light' 'dark') ;;
        'preorder create|--server') kind=(text) ;;
        'preorder show|--uid') kind=(text) ;;
        'preorder show|--server') kind=(text) ;;
        'order list|--status') kind=(words 'PENDING' 'HOLDING' 'HELD' 'CLEARED' 'REFUNDED' 'HOLD_FAILED' 'CLEAR_FAILED' 'CANCELED' 'EXPIRED') ;;
        'order list|--restaurant') kind=(text) ;;
        'order list|--uid') kind=(text) ;;
        'order list|--since') kind=(text) ;;
        'order list|--until') kind=(text) ;;
        'order list|--limit') kind=(text) ;;
        'order status|--server') kind=(text) ;;
        'order cancel|--reason') kind=(text) ;;
        'order refund|--amount') kind=(text) ;;
        'order refund|--line') kind=(text) ;;
        'order refund|--idempotency-key') kind=(text) ;;
        'order refund|--reason') kind=(text) ;;
        'order refund|--timeout') kind=(text) ;;
        'order refund|--broker') kind=(words 'embedded') ;;
        'pay|--uid') kind=(text) ;;
        'pay|--method') kind=(text) ;;
        'pay|--bill-version') kind=(text) ;;
        'pay|--timeout') kind=(text) ;;
        'pay|--server') kind=(text) ;;
        'pay|--broker') kind=(words 'embedded') ;;
        'task list|--kind') kind=(words 'payment.settle' 'cashback.accrue' 'receipt.fetch' 'order.expire') ;;
        'task list|--state') kind=(words 'scheduled' 'ready' 'running' 'done' 'stuck' 'canceled') ;;
        'task list|--restaurant') kind=(text) ;;
        'task list|--order') kind=(text) ;;
        'task list|--error-class') kind=(text) ;;
        'task list|--since') kind=(text) ;;
        'task list|--until') kind=(text) ;;
        'task list|--age') kind=(text) ;;
        'task list|--attempts') kind=(text) ;;
        'task list|--limit') kind=(text) ;;
        'task list|--by') kind=(words 'error' 'kind' 'state' 'restaurant') ;;
        'task schedule|--limit') kind=(text) ;;
        'task requeue|--kind') kind=(words 'payment.settle' 'cashback.accrue' 'receipt.fetch' 'order.expire') ;;
        'task requeue|--state') kind=(words 'scheduled' 'ready' 'running' 'done' 'stuck' 'canceled') ;;
        'task requeue|--restaurant') kind=(text) ;;
        'task requeue|--order') kind=(text) ;;
        'task requeue|--error-class') kind=(text) ;;
        'task requeue|--since') kind=(text) ;;
        'task requeue|--until') kind=(text) ;;
        'task requeue|--age') kind=(text) ;;
        'task requeue|--attempts') kind=(text) ;;
        'task requeue|--limit') kind=(text) ;;
        'task requeue|--reason') kind=(text) ;;
        'task requeue|--expect') kind=(text) ;;
        'task requeue|--spread') kind=(text) ;;
        'task requeue|--undo') kind=(text) ;;
        'task cancel|--kind') kind=(words 'payment.settle' 'cashback.accrue' 'receipt.fetch' 'order.expire') ;;
        'task cancel|--state') kind=(words 'scheduled' 'ready' 'running' 'done' 'stuck' 'canceled') ;;
        'task cancel|--restaurant') kind=(text) ;;
        'task cancel|--order') kind=(text) ;;
        'task cancel|--error-class') kind=(text) ;;
        'task cancel|--since') kind=(text) ;;
        'task cancel|--until') kind=(text) ;;
        'task cancel|--age') kind=(text) ;;
        'task cancel|--attempts') kind=(text) ;;
        'task cancel|--limit') kind=(text) ;;
        'task cancel|--reason') kind=(text) ;;
        'task cancel|--expect') kind=(text) ;;
        'task run|--broker') kind=(words 'embedded') ;;
        'task pause|--reason') kind=(text) ;;
        'task backfill|--order') kind=(text) ;;
        'task backfill|--limit') kind=(text) ;;
        'work|--horizon') kind=(text) ;;
        'work|--kind') kind=(words 'payment.settle' 'cashback.accrue' 'receipt.fetch' 'order.expire') ;;
        'work|--concurrency') kind=(text) ;;
        'work|--broker') kind=(words 'embedded') ;;
        'work|--stores') kind=(directory) ;;
        'explore|--variant') kind=(words 'production' 'seed-v1' 'seed-v1-guarded' 'seed-v2' 'seed-v2-nonidempotent' 'seed-v3') ;;
        'explore|--users') kind=(text) ;;
        'explore|--presses') kind=(text) ;;
        'explore|--workers') kind=(text) ;;
        'explore|--refunds') kind=(text) ;;
        'explore|--lost-answers') kind=(text) ;;
        'explore|--lost-questions') kind=(text) ;;
        'explore|--duplicates') kind=(text) ;;
        'explore|--crashes') kind=(text) ;;
        'explore|--pauses') kind=(text) ;;
        'explore|--decisions') kind=(text) ;;
        'explore|--conflicts') kind=(text) ;;
        'explore|--cards') kind=(words 'approve' 'decline' 'decline-once' '3ds' 'slow' 'lost' 'lapse') ;;
        'explore|--isolation') kind=(words 'serial' 'snapshot') ;;
        'explore|--strategy') kind=(words 'exhaustive' 'random' 'pct') ;;
        'explore|--preemptions') kind=(text) ;;
        'explore|--depth') kind=(text) ;;
        'explore|--seed') kind=(text) ;;
        'explore|--schedules') kind=(text) ;;
        'explore|--seconds') kind=(text) ;;
        'explore|--without') kind=(words 'sleep-sets' 'states' 'symmetry' 'forgetting' 'memory' 'overlaps') ;;
        'explore|--replay') kind=(file) ;;
        'explore|--save') kind=(file) ;;
        'explore|--html') kind=(file) ;;
        'simulate|--seed') kind=(text) ;;
        'simulate|--timeout') kind=(text) ;;
        'simulate|--dir') kind=(directory) ;;
        'simulate|--server') kind=(text) ;;
        'simulate|--junit') kind=(file) ;;
        'receipt list|--limit') kind=(text) ;;
        'receipt render|--document') kind=(text) ;;
        'receipt render|-o' | 'receipt render|--output') kind=(file) ;;
        'receipt render|--out-dir') kind=(directory) ;;
        'receipt render|--format') kind=(words 'pdf' 'png' 'text') ;;
        'receipt render|--width') kind=(text) ;;
        'receipt render|--dpi') kind=(text) ;;
        'receipt render|--unit') kind=(words 'kopecks' 'roubles') ;;
        'receipt check|--unit') kind=(words 'kopecks' 'roubles') ;;
        'receipt link|--expires') kind=(text) ;;
        'receipt open|-o' | 'receipt open|--output') kind=(file) ;;
        'cashback audit|--since') kind=(text) ;;
        'cashback audit|--until') kind=(text) ;;
        'cashback audit|--ledger') kind=(file) ;;
        'cashback audit|--csv') kind=(file) ;;
        'cashback audit|--html') kind=(file) ;;
        'cashback audit|--baseline') kind=(file) ;;
        'cashback audit|--accept') kind=(text) ;;
        'cashback audit|--reason') kind=(text) ;;
        'cashback audit|--expect') kind=(text) ;;
        'cashback rules|--restaurant') kind=(text) ;;
        'cashback rules add|--restaurant') kind=(text) ;;
        'cashback rules add|--minimum-bill') kind=(text) ;;
        'cashback rules add|--cap') kind=(text) ;;
        'cashback rules add|--currency') kind=(text) ;;
        'cashback rules add|--from') kind=(text) ;;
        'cashback rules add|--until') kind=(text) ;;
        'cashback rules end|--at') kind=(text) ;;
        'restaurant add|--name') kind=(text) ;;
        'restaurant add|--cashback') kind=(text) ;;
        'restaurant add|--zone') kind=(text) ;;
        'restaurant set|--name') kind=(text) ;;
        'restaurant set|--zone') kind=(text) ;;
        'restaurant set|--cashback') kind=(text) ;;
        'restaurant set|--minimum-bill') kind=(text) ;;
        'restaurant set|--cap') kind=(text) ;;
        'restaurant set|--currency') kind=(text) ;;
        'restaurant set|--from') kind=(text) ;;
        'restaurant set|--until') kind=(text) ;;
        'serve|--listen') kind=(text) ;;
        'serve|--port-file') kind=(file) ;;
        'serve|--workers') kind=(text) ;;
        'serve|--connections') kind=(text) ;;
        'serve|--connections-per-address') kind=(text) ;;
        'serve|--broker') kind=(words 'embedded') ;;
        'serve|--stores') kind=(directory) ;;
        'events consume|--broker') kind=(words 'embedded') ;;
        'events consume|--stores') kind=(directory) ;;
        'events list|--stores') kind=(directory) ;;
        'events list|--order') kind=(text) ;;
        'events list|--limit') kind=(text) ;;
        'events outbox|--state') kind=(words 'unsent' 'waiting' 'sent' 'parked') ;;
        'events outbox|--order') kind=(text) ;;
        'events outbox|--type') kind=(words 'order.paid' 'order.declined' 'order.refunded' 'receipt.stored') ;;
        'events outbox|--since') kind=(text) ;;
        'events outbox|--until') kind=(text) ;;
        'events outbox|--limit') kind=(text) ;;
        'events resend|--order') kind=(text) ;;
        'events resend|--type') kind=(words 'order.paid' 'order.declined' 'order.refunded' 'receipt.stored') ;;
        'events resend|--since') kind=(text) ;;
        'events resend|--until') kind=(text) ;;
        'ordering demo|--dir') kind=(directory) ;;
        'ordering demo|--stores') kind=(file) ;;
        'ordering serve|--listen') kind=(text) ;;
        'ordering serve|--port-file') kind=(file) ;;
        'ordering serve|--stores') kind=(directory) ;;
        'ordering serve|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering serve|--broker') kind=(words 'embedded') ;;
        'ordering serve|--only') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering serve|--service-listen') kind=(text) ;;
        'ordering serve|--answer-within') kind=(text) ;;
        'ordering serve|--connections') kind=(text) ;;
        'ordering serve|--connections-per-address') kind=(text) ;;
        'ordering user add|--password-file') kind=(file) ;;
        'ordering user add|--first-name') kind=(text) ;;
        'ordering user add|--last-name') kind=(text) ;;
        'ordering user add|--phone') kind=(text) ;;
        'ordering user add|--server') kind=(text) ;;
        'ordering user add|--stores') kind=(directory) ;;
        'ordering user add|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering user add|--broker') kind=(words 'embedded') ;;
        'ordering user show|--user') kind=(text) ;;
        'ordering user show|--server') kind=(text) ;;
        'ordering user show|--stores') kind=(directory) ;;
        'ordering user show|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering user show|--broker') kind=(words 'embedded') ;;
        'ordering user login|--password-file') kind=(file) ;;
        'ordering user login|--token-file') kind=(file) ;;
        'ordering user login|--server') kind=(text) ;;
        'ordering user login|--stores') kind=(directory) ;;
        'ordering user login|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering user login|--broker') kind=(words 'embedded') ;;
        'ordering account show|--user') kind=(text) ;;
        'ordering account show|--server') kind=(text) ;;
        'ordering account show|--stores') kind=(directory) ;;
        'ordering account show|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering account show|--broker') kind=(words 'embedded') ;;
        'ordering account deposit|--key') kind=(text) ;;
        'ordering account deposit|--user') kind=(text) ;;
        'ordering account deposit|--server') kind=(text) ;;
        'ordering account deposit|--stores') kind=(directory) ;;
        'ordering account deposit|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering account deposit|--broker') kind=(words 'embedded') ;;
        'ordering account withdraw|--key') kind=(text) ;;
        'ordering account withdraw|--user') kind=(text) ;;
        'ordering account withdraw|--server') kind=(text) ;;
        'ordering account withdraw|--stores') kind=(directory) ;;
        'ordering account withdraw|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering account withdraw|--broker') kind=(words 'embedded') ;;
        'ordering basket|--user') kind=(text) ;;
        'ordering basket|--server') kind=(text) ;;
        'ordering basket|--stores') kind=(directory) ;;
        'ordering basket|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering basket|--broker') kind=(words 'embedded') ;;
        'ordering order create|--basket') kind=(text) ;;
        'ordering order create|--key') kind=(text) ;;
        'ordering order create|--timeout') kind=(text) ;;
        'ordering order create|--user') kind=(text) ;;
        'ordering order create|--server') kind=(text) ;;
        'ordering order create|--stores') kind=(directory) ;;
        'ordering order create|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering order create|--broker') kind=(words 'embedded') ;;
        'ordering order list|--user') kind=(text) ;;
        'ordering order list|--server') kind=(text) ;;
        'ordering order list|--stores') kind=(directory) ;;
        'ordering order list|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering order list|--broker') kind=(words 'embedded') ;;
        'ordering order show|--wait') kind=(text) ;;
        'ordering order show|--user') kind=(text) ;;
        'ordering order show|--server') kind=(text) ;;
        'ordering order show|--stores') kind=(directory) ;;
        'ordering order show|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering order show|--broker') kind=(words 'embedded') ;;
        'ordering notification list|--user') kind=(text) ;;
        'ordering notification list|--server') kind=(text) ;;
        'ordering notification list|--stores') kind=(directory) ;;
        'ordering notification list|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering notification list|--broker') kind=(words 'embedded') ;;
        'ordering message list|--stores') kind=(directory) ;;
        'ordering message list|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering message list|--kind') kind=(words 'message' 'request' 'refused') ;;
        'ordering message list|--state') kind=(words 'scheduled' 'ready' 'waiting' 'running' 'done' 'stuck' 'canceled') ;;
        'ordering message list|--error-class') kind=(text) ;;
        'ordering message list|--since') kind=(text) ;;
        'ordering message list|--until') kind=(text) ;;
        'ordering message list|--limit') kind=(text) ;;
        'ordering message show|--stores') kind=(directory) ;;
        'ordering message why|--stores') kind=(directory) ;;
        'ordering message requeue|--stores') kind=(directory) ;;
        'ordering message requeue|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering message requeue|--kind') kind=(words 'message' 'request' 'refused') ;;
        'ordering message requeue|--state') kind=(words 'scheduled' 'ready' 'waiting' 'running' 'done' 'stuck' 'canceled') ;;
        'ordering message requeue|--error-class') kind=(text) ;;
        'ordering message requeue|--since') kind=(text) ;;
        'ordering message requeue|--until') kind=(text) ;;
        'ordering message requeue|--limit') kind=(text) ;;
        'ordering message requeue|--reason') kind=(text) ;;
        'ordering message requeue|--expect') kind=(text) ;;
        'ordering message requeue|--spread') kind=(text) ;;
        'ordering message skip|--stores') kind=(directory) ;;
        'ordering message skip|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering message skip|--kind') kind=(words 'message' 'request' 'refused') ;;
        'ordering message skip|--state') kind=(words 'scheduled' 'ready' 'waiting' 'running' 'done' 'stuck' 'canceled') ;;
        'ordering message skip|--error-class') kind=(text) ;;
        'ordering message skip|--since') kind=(text) ;;
        'ordering message skip|--until') kind=(text) ;;
        'ordering message skip|--limit') kind=(text) ;;
        'ordering message skip|--reason') kind=(text) ;;
        'ordering message skip|--expect') kind=(text) ;;
        'ordering message resend|--stores') kind=(directory) ;;
        'ordering message resend|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering outbox list|--stores') kind=(directory) ;;
        'ordering outbox list|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering outbox list|--state') kind=(words 'unsent' 'waiting' 'sent' 'parked' 'skipped') ;;
        'ordering outbox list|--queue') kind=(text) ;;
        'ordering outbox list|--type') kind=(text) ;;
        'ordering outbox list|--key') kind=(text) ;;
        'ordering outbox list|--since') kind=(text) ;;
        'ordering outbox list|--until') kind=(text) ;;
        'ordering outbox list|--limit') kind=(text) ;;
        'ordering outbox resend|--stores') kind=(directory) ;;
        'ordering outbox resend|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering outbox resend|--state') kind=(words 'unsent' 'waiting' 'sent' 'parked' 'skipped') ;;
        'ordering outbox resend|--queue') kind=(text) ;;
        'ordering outbox resend|--type') kind=(text) ;;
        'ordering outbox resend|--key') kind=(text) ;;
        'ordering outbox resend|--since') kind=(text) ;;
        'ordering outbox resend|--until') kind=(text) ;;
        'ordering outbox resend|--limit') kind=(text) ;;
        'ordering outbox resend|--expect') kind=(text) ;;
        'ordering topology apply|--stores') kind=(directory) ;;
        'ordering topology apply|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering topology apply|--broker') kind=(words 'embedded') ;;
        'ordering topology show|--stores') kind=(directory) ;;
        'ordering topology show|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering topology show|--broker') kind=(words 'embedded') ;;
        'ordering doctor|--stores') kind=(directory) ;;
        'ordering doctor|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering doctor|--broker') kind=(words 'embedded') ;;
        'ordering doctor|--service') kind=(words 'gateway' 'identity' 'billing' 'order' 'notification' 'push') ;;
        'ordering trace|--stores') kind=(directory) ;;
        'ordering trace|--against') kind=(words 'seed') ;;
        'ordering compare|--styles') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering compare|--broker') kind=(words 'embedded') ;;
        'ordering compare|--users') kind=(text) ;;
        'ordering compare|--orders') kind=(text) ;;
        'ordering compare|--rate') kind=(text) ;;
        'ordering compare|--fault') kind=(text) ;;
        'ordering compare|--seed') kind=(text) ;;
        'ordering compare|--html') kind=(file) ;;
        'ordering explore|--variant') kind=(words 'production' 'seed-003' 'seed-004' 'http-naive' 'no-outbox' 'no-inbox' 'ack-first') ;;
        'ordering explore|--style') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'ordering explore|--under') kind=(words 'basket' 'key' 'nothing') ;;
        'ordering explore|--users') kind=(text) ;;
        'ordering explore|--presses') kind=(text) ;;
        'ordering explore|--balance') kind=(text) ;;
        'ordering explore|--deposits') kind=(text) ;;
        'ordering explore|--duplicates') kind=(text) ;;
        'ordering explore|--lost-confirms') kind=(text) ;;
        'ordering explore|--lost-answers') kind=(text) ;;
        'ordering explore|--lost-requests') kind=(text) ;;
        'ordering explore|--crashes') kind=(text) ;;
        'ordering explore|--pauses') kind=(text) ;;
        'ordering explore|--only') kind=(words 'money_kept' 'one_charge' 'charge_means_success' 'status_moves_once' 'nothing_forgotten' 'told_once' 'answered_exists' 'one_unpaid_basket' 'key_order_kept' 'contract_kept' 'one_answer_a_key') ;;
        'ordering explore|--strategy') kind=(words 'exhaustive' 'random' 'pct') ;;
        'ordering explore|--preemptions') kind=(text) ;;
        'ordering explore|--depth') kind=(text) ;;
        'ordering explore|--seed') kind=(text) ;;
        'ordering explore|--schedules') kind=(text) ;;
        'ordering explore|--seconds') kind=(text) ;;
        'ordering explore|--without') kind=(words 'sleep-sets' 'states' 'symmetry' 'forgetting' 'memory' 'overlaps' 'atomicity' 'repetitions') ;;
        'ordering explore|--replay') kind=(file) ;;
        'ordering explore|--save') kind=(file) ;;
        'ordering explore|--html') kind=(file) ;;
        'ordering contract|--asyncapi') kind=(words 'http' 'events' 'collaboration' 'hybrid') ;;
        'sandbox|--listen') kind=(text) ;;
        'sandbox|--port-file') kind=(file) ;;
        'sandbox|--state') kind=(file) ;;
        'sandbox|--settings') kind=(file) ;;
        'sandbox|--faults') kind=(file) ;;
        'sandbox|--connections') kind=(text) ;;
        'sandbox|--connections-per-address') kind=(text) ;;
        'sandbox fault add|--partner') kind=(words 'eda' 'transactions' 'cardstorage' 'cashback' 'check' 's3') ;;
        'sandbox fault add|--kind') kind=(words 'latency' 'status' 'reset' 'truncated' 'garbage' 'effect-then-timeout' 'effect-then-reset') ;;
        'sandbox fault add|--method') kind=(words 'GET' 'HEAD' 'POST' 'PUT' 'DELETE') ;;
        'sandbox fault add|--route') kind=(text) ;;
        'sandbox fault add|--probability') kind=(text) ;;
        'sandbox fault add|--first') kind=(text) ;;
        'sandbox fault add|--latency') kind=(text) ;;
        'sandbox fault add|--status') kind=(text) ;;
        'sandbox fault add|--seed') kind=(text) ;;
        'sandbox decide|--operation') kind=(text) ;;
        'sandbox decide|--reason') kind=(text) ;;
        'store copy|--from') kind=(file) ;;
        'store copy|--to') kind=(file) ;;
        *'|--store') kind=(file) ;;
        *'|--partners') kind=(text) ;;
        *'|--config') kind=(file) ;;
        *'|--profile') kind=(text) ;;
        *) kind=() ;;
    esac
}

# Sets kind to what an argument is. $1: the command, $2: the argument's number, from 0
_qrpay_argument_kind() {
    case "$1|$2" in
        'preorder create|'0) kind=(file) ;;
        'preorder show|'0) kind=(text) ;;
        'order show|'0) kind=(text) ;;
        'order history|'0) kind=(text) ;;
        'order status|'0) kind=(text) ;;
        'order cancel|'0) kind=(text) ;;
        'order refund|'0) kind=(text) ;;
        'pay|'0) kind=(text) ;;
        'task show|'0) kind=(text) ;;
        'task why|'0) kind=(text) ;;
        'task schedule|'0) kind=(text) ;;
        'task requeue|'*) kind=(text) ;;
        'task cancel|'*) kind=(text) ;;
        'task run|'0) kind=(text) ;;
        'task pause|'0) kind=(words 'payment.settle' 'cashback.accrue' 'receipt.fetch' 'order.expire') ;;
        'task resume|'0) kind=(words 'payment.settle' 'cashback.accrue' 'receipt.fetch' 'order.expire') ;;
        'simulate|'0) kind=(file) ;;
        'simulate show|'0) kind=(words 'two-guests' 'declined-then-other' 'late-success' 'double-click' 'lost-answers' 'callback-storm' 'concurrent-refunds' 'outage' 'worker-restarts' 'lunch-rush') ;;
        'receipt list|'0) kind=(text) ;;
        'receipt show|'0) kind=(text) ;;
        'receipt render|'*) kind=(file) ;;
        'receipt check|'*) kind=(file) ;;
        'receipt link|'0) kind=(text) ;;
        'receipt open|'0) kind=(text) ;;
        'cashback show|'0) kind=(text) ;;
        'cashback rules add|'0) kind=(text) ;;
        'cashback rules end|'0) kind=(text) ;;
        'restaurant add|'0) kind=(text) ;;
        'restaurant set|'0) kind=(text) ;;
        'restaurant show|'0) kind=(text) ;;
        'restaurant key|'0) kind=(text) ;;
        'ordering user add|'0) kind=(text) ;;
        'ordering user login|'0) kind=(text) ;;
        'ordering account deposit|'0) kind=(text) ;;
        'ordering account withdraw|'0) kind=(text) ;;
        'ordering order create|'0) kind=(text) ;;
        'ordering order show|'0) kind=(text) ;;
        'ordering message show|'0) kind=(text) ;;
        'ordering message why|'0) kind=(text) ;;
        'ordering message requeue|'*) kind=(text) ;;
        'ordering message skip|'*) kind=(text) ;;
        'ordering message resend|'*) kind=(text) ;;
        'ordering broker check|'0) kind=(text) ;;
        'ordering trace|'0) kind=(text) ;;
        'sandbox fault clear|'0) kind=(text) ;;
        'sandbox decide|'0) kind=(text) ;;
        'sandbox decide|'1) kind=(words 'approve' 'decline' 'lapse') ;;
        'completion|'0) kind=(words 'bash' 'zsh' 'fish') ;;
        'help|'*) kind=(text) ;;
        *) kind=() ;;
    esac
}

# Sets words to what can follow a command's or a group's words, and options to its options.
_qrpay_words() {
    case "$1" in
        '') words=('demo' 'preorder' 'order' 'pay' 'task' 'work' 'explore' 'simulate' 'receipt' 'cashback' 'restaurant' 'serve' 'events' 'ordering' 'sandbox' 'store' 'doctor' 'config' 'completion' 'man' 'version' 'help') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help' '--version') ;;
        'preorder') words=('create' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order') words=('list' 'show' 'history' 'status' 'cancel' 'refund') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task') words=('list' 'show' 'why' 'schedule' 'requeue' 'cancel' 'run' 'pause' 'resume' 'stats' 'backfill') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'simulate') words=('list' 'show') options=('--seed' '--timeout' '--dir' '--server' '--junit' '--validate' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt') words=('list' 'show' 'render' 'check' 'link' 'open') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'cashback') words=('audit' 'show' 'rules') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'restaurant') words=('add' 'set' 'list' 'show' 'key') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'events') words=('consume' 'list' 'outbox' 'resend') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering') words=('demo' 'serve' 'user' 'account' 'basket' 'order' 'notification' 'message' 'outbox' 'topology' 'doctor' 'broker' 'trace' 'compare' 'explore' 'contract') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox') words=('fault' 'state' 'decide') options=('--listen' '--port-file' '--state' '--settings' '--faults' '--connections' '--connections-per-address' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'store') words=('info' 'migrate' 'check' 'copy') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'cashback rules') words=('add' 'end') options=('--restaurant' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering user') words=('add' 'show' 'login') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering account') words=('show' 'deposit' 'withdraw') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering order') words=('create' 'list' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering notification') words=('list') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message') words=('list' 'show' 'why' 'requeue' 'skip' 'resend') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering outbox') words=('list' 'resend') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering topology') words=('apply' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering broker') words=('check') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox fault') words=('add' 'list' 'clear') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'demo') words=() options=('--dir' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'preorder create') words=() options=('--format' '--restaurant' '--bill-id' '--currency' '--strict' '--qr' '--qr-style' '--server' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'preorder show') words=() options=('--uid' '--server' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order list') words=() options=('--status' '--restaurant' '--uid' '--since' '--until' '--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order show') words=() options=('--explain' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order history') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order status') words=() options=('--server' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order cancel') words=() options=('--reason' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'order refund') words=() options=('--amount' '--line' '--idempotency-key' '--again' '--reason' '--no-wait' '--timeout' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'pay') words=() options=('--uid' '--method' '--bill-version' '--no-wait' '--timeout' '--server' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task list') words=() options=('--kind' '--state' '--restaurant' '--order' '--error-class' '--since' '--until' '--age' '--attempts' '--limit' '--by' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task show') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task why') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task schedule') words=() options=('--failing' '--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task requeue') words=() options=('--kind' '--state' '--restaurant' '--order' '--error-class' '--since' '--until' '--age' '--attempts' '--limit' '--reason' '--yes' '--expect' '--spread' '--undo' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task cancel') words=() options=('--kind' '--state' '--restaurant' '--order' '--error-class' '--since' '--until' '--age' '--attempts' '--limit' '--reason' '--yes' '--expect' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task run') words=() options=('--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task pause') words=() options=('--reason' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task resume') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task stats') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'task backfill') words=() options=('--order' '--limit' '--yes' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'work') words=() options=('--drain' '--horizon' '--kind' '--concurrency' '--broker' '--stores' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'explore') words=() options=('--variant' '--users' '--presses' '--workers' '--refunds' '--lost-answers' '--lost-questions' '--duplicates' '--crashes' '--pauses' '--decisions' '--conflicts' '--cards' '--isolation' '--strategy' '--preemptions' '--depth' '--seed' '--schedules' '--seconds' '--without' '--count' '--replay' '--save' '--html' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'simulate list') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'simulate show') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt list') words=() options=('--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt show') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt render') words=() options=('--document' '-o' '--output' '--out-dir' '--format' '--width' '--dpi' '--unit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt check') words=() options=('--unit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt link') words=() options=('--expires' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'receipt open') words=() options=('-o' '--output' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'cashback audit') words=() options=('--since' '--until' '--ledger' '--csv' '--html' '--baseline' '--accept' '--accept-all' '--repair' '--reason' '--yes' '--expect' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'cashback show') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'cashback rules add') words=() options=('--restaurant' '--minimum-bill' '--cap' '--currency' '--from' '--until' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'cashback rules end') words=() options=('--at' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'restaurant add') words=() options=('--name' '--cashback' '--zone' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'restaurant set') words=() options=('--name' '--zone' '--everywhere' '--cashback' '--minimum-bill' '--cap' '--currency' '--from' '--until' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'restaurant list') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'restaurant show') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'restaurant key') words=() options=('--rotate' '--revoke' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'serve') words=() options=('--listen' '--port-file' '--workers' '--quiet' '--connections' '--connections-per-address' '--broker' '--stores' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'events consume') words=() options=('--broker' '--stores' '--drain' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'events list') words=() options=('--stores' '--order' '--refused' '--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'events outbox') words=() options=('--state' '--order' '--type' '--since' '--until' '--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'events resend') words=() options=('--order' '--type' '--since' '--until' '--yes' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering demo') words=() options=('--dir' '--stores' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering serve') words=() options=('--listen' '--port-file' '--stores' '--style' '--broker' '--only' '--service-listen' '--answer-within' '--quiet' '--connections' '--connections-per-address' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering user add') words=() options=('--password-file' '--first-name' '--last-name' '--phone' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering user show') words=() options=('--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering user login') words=() options=('--password-file' '--token-file' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering account show') words=() options=('--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering account deposit') words=() options=('--key' '--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering account withdraw') words=() options=('--key' '--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering basket') words=() options=('--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering order create') words=() options=('--basket' '--key' '--timeout' '--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering order list') words=() options=('--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering order show') words=() options=('--wait' '--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering notification list') words=() options=('--user' '--server' '--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message list') words=() options=('--stores' '--service' '--kind' '--state' '--error-class' '--since' '--until' '--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message show') words=() options=('--stores' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message why') words=() options=('--stores' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message requeue') words=() options=('--stores' '--service' '--kind' '--state' '--error-class' '--since' '--until' '--limit' '--reason' '--yes' '--expect' '--spread' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message skip') words=() options=('--stores' '--service' '--kind' '--state' '--error-class' '--since' '--until' '--limit' '--reason' '--yes' '--expect' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering message resend') words=() options=('--stores' '--service' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering outbox list') words=() options=('--stores' '--service' '--state' '--queue' '--type' '--key' '--since' '--until' '--limit' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering outbox resend') words=() options=('--stores' '--service' '--state' '--queue' '--type' '--key' '--since' '--until' '--limit' '--yes' '--expect' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering topology apply') words=() options=('--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering topology show') words=() options=('--stores' '--style' '--broker' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering doctor') words=() options=('--stores' '--style' '--broker' '--service' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering broker check') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering trace') words=() options=('--stores' '--mermaid' '--against' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering compare') words=() options=('--styles' '--broker' '--users' '--orders' '--rate' '--fault' '--seed' '--html' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering explore') words=() options=('--variant' '--style' '--under' '--users' '--presses' '--balance' '--deposits' '--duplicates' '--lost-confirms' '--lost-answers' '--lost-requests' '--crashes' '--pauses' '--early' '--get-basket' '--only' '--strategy' '--preemptions' '--depth' '--seed' '--schedules' '--seconds' '--without' '--count' '--replay' '--save' '--html' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'ordering contract') words=() options=('--openapi' '--asyncapi' '--proto' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox fault add') words=() options=('--partner' '--kind' '--method' '--route' '--probability' '--first' '--latency' '--status' '--seed' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox fault list') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox fault clear') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox state') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'sandbox decide') words=() options=('--operation' '--reason' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'store info') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'store migrate') words=() options=('--accept-keys' '--reopen' '--ordering' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'store check') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'store copy') words=() options=('--from' '--to' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'doctor') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'config') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'completion') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'man') words=() options=('--markdown' '--settings' '--openapi' '--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'version') words=() options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help') words=('demo' 'preorder' 'order' 'pay' 'task' 'work' 'explore' 'simulate' 'receipt' 'cashback' 'restaurant' 'serve' 'events' 'ordering' 'sandbox' 'store' 'doctor' 'config' 'completion' 'man' 'version' 'help') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help preorder') words=('create' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help order') words=('list' 'show' 'history' 'status' 'cancel' 'refund') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help task') words=('list' 'show' 'why' 'schedule' 'requeue' 'cancel' 'run' 'pause' 'resume' 'stats' 'backfill') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help simulate') words=('list' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help receipt') words=('list' 'show' 'render' 'check' 'link' 'open') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help cashback') words=('audit' 'show' 'rules') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help restaurant') words=('add' 'set' 'list' 'show' 'key') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help events') words=('consume' 'list' 'outbox' 'resend') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering') words=('demo' 'serve' 'user' 'account' 'basket' 'order' 'notification' 'message' 'outbox' 'topology' 'doctor' 'broker' 'trace' 'compare' 'explore' 'contract') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help sandbox') words=('fault' 'state' 'decide') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help store') words=('info' 'migrate' 'check' 'copy') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help cashback rules') words=('add' 'end') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering user') words=('add' 'show' 'login') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering account') words=('show' 'deposit' 'withdraw') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering order') words=('create' 'list' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering notification') words=('list') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering message') words=('list' 'show' 'why' 'requeue' 'skip' 'resend') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering outbox') words=('list' 'resend') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering topology') words=('apply' 'show') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help ordering broker') words=('check') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        'help sandbox fault') words=('add' 'list' 'clear') options=('--json' '--store' '--partners' '--config' '--profile' '-h' '--help') ;;
        *) words=() options=() ;;
    esac
}

_qrpay() {
    local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' ended='' prefix='' argument=0 i word IFS=' '
    local -a kind words options
    COMPREPLY=()
    _qrpay_words ''
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' && -n $option ]]; then
            continue
        elif [[ -n $option ]]; then
            option=''
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == -?* ]]; then
            _qrpay_option_kind "$command" "$word"
            if ((${#kind[@]})); then option=$word; fi
        elif [[ $argument == 0 && " ${words[*]} " == *" $word "* ]]; then
            command=${command:+$command }$word
            _qrpay_words "$command"
        else
            argument=$((argument + 1))
        fi
    done
    if [[ -n $option && $cur == '=' ]]; then
        cur=''
    elif [[ -z $option && -z $ended && $cur == --*=* ]]; then
        option=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
    fi
    if [[ -n $option ]]; then
        _qrpay_option_kind "$command" "$option"
        _qrpay_offer_value "${kind[@]}"
        COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
    elif [[ -z $ended && $cur == -* ]]; then
        _qrpay_offer "${options[@]}"
    elif ((argument == 0 && ${#words[@]})); then
        _qrpay_offer "${words[@]}"
    else
        _qrpay_argument_kind "$command" "$argument"
        _qrpay_offer_value "${kind[@]}"
    fi
}

complete -F _qrpay qrpay
