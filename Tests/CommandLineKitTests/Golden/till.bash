# bash completion for till

# Offers those of the words that begin with what is typed.
_till_offer() {
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
    done
}

# Offers what a value of the given kind can be: words, or paths, which bash itself knows best.
_till_offer_value() {
    case ${1-} in
        words) _till_offer "${@:2}" ;;
        file) compopt -o default ;;
        directory) compopt -o dirnames ;;
    esac
}

# Sets kind to what the value of an option is: empty for a flag. $1: the command, $2: the option
_till_option_kind() {
    case "$1|$2" in
        'open|--float') kind=(text) ;;
        'open|--export') kind=(directory) ;;
        'sale add|-a' | 'sale add|--amount') kind=(text) ;;
        'sale add|--note') kind=(text) ;;
        'sale list|-s' | 'sale list|--state') kind=(words 'paid' 'open' 'void') ;;
        'sale list|--limit') kind=(text) ;;
        'drawer|--sound') kind=(words 'ding' 'dong') ;;
        'drawer coin add|--sound') kind=(text) ;;
        *'|--ledger') kind=(file) ;;
        *) kind=() ;;
    esac
}

# Sets kind to what an argument is. $1: the command, $2: the argument's number, from 0
_till_argument_kind() {
    case "$1|$2" in
        'sale add|'0) kind=(text) ;;
        'sale add|'*) kind=(file) ;;
        'sale list|'0) kind=(words 'newest' 'oldest') ;;
        'drawer coin add|'0) kind=(words 'one' 'two') ;;
        'help|'*) kind=(text) ;;
        *) kind=() ;;
    esac
}

# Sets words to what can follow a command's or a group's words, and options to its options.
_till_words() {
    case "$1" in
        '') words=('open' 'sale' 'drawer' 'help' 'version') options=('-j' '--json' '--ledger' '-h' '--help' '--version') ;;
        'sale') words=('add' 'list') options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'drawer') words=('coin' 'state') options=('-b' '--bell' '--sound' '-j' '--json' '--ledger' '-h' '--help') ;;
        'drawer coin') words=('add') options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'open') words=() options=('--float' '--export' '-j' '--json' '--ledger' '-h' '--help') ;;
        'sale add') words=() options=('-a' '--amount' '--note' '-n' '--dry-run' '-j' '--json' '--ledger' '-h' '--help') ;;
        'sale list') words=() options=('-s' '--state' '--limit' '-j' '--json' '--ledger' '-h' '--help') ;;
        'drawer coin add') words=() options=('--sound' '-j' '--json' '--ledger' '-h' '--help') ;;
        'drawer state') words=() options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'version') words=() options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'help') words=('open' 'sale' 'drawer' 'help' 'version') options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'help sale') words=('add' 'list') options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'help drawer') words=('coin' 'state') options=('-j' '--json' '--ledger' '-h' '--help') ;;
        'help drawer coin') words=('add') options=('-j' '--json' '--ledger' '-h' '--help') ;;
        *) words=() options=() ;;
    esac
}

_till() {
    local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' ended='' prefix='' argument=0 i word IFS=' '
    local -a kind words options
    COMPREPLY=()
    _till_words ''
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' && -n $option ]]; then
            continue
        elif [[ -n $option ]]; then
            option=''
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == -?* ]]; then
            _till_option_kind "$command" "$word"
            if ((${#kind[@]})); then option=$word; fi
        elif [[ $argument == 0 && " ${words[*]} " == *" $word "* ]]; then
            command=${command:+$command }$word
            _till_words "$command"
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
        _till_option_kind "$command" "$option"
        _till_offer_value "${kind[@]}"
        COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
    elif [[ -z $ended && $cur == -* ]]; then
        _till_offer "${options[@]}"
    elif ((argument == 0 && ${#words[@]})); then
        _till_offer "${words[@]}"
    else
        _till_argument_kind "$command" "$argument"
        _till_offer_value "${kind[@]}"
    fi
}

complete -F _till till
