#compdef till

_till() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'open:Open the till for the day'
        'sale:Ring up and look back'
        'drawer:Watch the drawer until stopped'
        'help:Show help for a command'
        'version:Show the version'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]' \
        '(- *)'--version'[Show the version]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_sale() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'add:Ring up a sale'
        'list:List the sales'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_sale_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_drawer() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'coin:Put coins in and out'
        'state:Count what is in it'
    )
    _arguments -s -S -C \
        '(-b --bell)'{-b,--bell}'[Ring when it opens]' \
        '(--sound)'--sound='[How it rings]:SOUND:(ding dong)' \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_drawer_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_drawer_coin() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'add:Put a coin in'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_drawer_coin_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_open() {
    local curcontext="$curcontext"
    _arguments -s -S -C \
        '(--float)'--float='[The cash to begin with]:AMOUNT: ' \
        '(--export)'--export='[Where to leave the books]:DIR:_files -/' \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'
}

_till_sale_add() {
    local curcontext="$curcontext"
    _arguments -s -S -C \
        '(-a --amount)'{-a+,--amount=}'[The price, negative for a return]:AMOUNT: ' \
        '*'--note='[A remark for the ledger]:TEXT: ' \
        '(-n --dry-run)'{-n,--dry-run}'[Say what would happen | change nothing]' \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]' \
        '1:CUSTOMER: ' \
        '*:ITEM:_files'
}

_till_sale_list() {
    local curcontext="$curcontext"
    _arguments -s -S -C \
        '(-s --state)'{-s+,--state=}'[Only sales in this state]:STATE:(paid open void)' \
        '(--limit)'--limit='[How many at most \(1 to 500; default\: 50\)]:N: ' \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]' \
        '1::ORDER:(newest oldest)'
}

_till_drawer_coin_add() {
    local curcontext="$curcontext"
    _arguments -s -S -C \
        '(--sound)'--sound='[How it falls]:SOUND: ' \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]' \
        '1:COIN:(one two)'
}

_till_drawer_state() {
    local curcontext="$curcontext"
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'
}

_till_version() {
    local curcontext="$curcontext"
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'
}

_till_help() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'open:Open the till for the day'
        'sale:Ring up and look back'
        'drawer:Watch the drawer until stopped'
        'help:Show help for a command'
        'version:Show the version'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_help_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_help_sale() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'add:Ring up a sale'
        'list:List the sales'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_help_sale_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_help_drawer() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'coin:Put coins in and out'
        'state:Count what is in it'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_help_drawer_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

_till_help_drawer_coin() {
    local curcontext="$curcontext" state state_descr ret=1
    local -a line commands
    local -A opt_args
    commands=(
        'add:Put a coin in'
    )
    _arguments -s -S -C \
        '(-j --json)'{-j,--json}'[Print JSON]' \
        '(--ledger)'--ledger='[The ledger to use \(default\: ~/till.db\)]:FILE:_files' \
        '(- *)'{-h,--help}'[Show help]'         '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        rest) _call_function ret "_till_help_drawer_coin_${line[1]//[^a-z0-9]/_}" ;;
    esac
    return ret
}

if [ "$funcstack[1]" = '_till' ]; then
    _till "$@"
else
    compdef _till till
fi
