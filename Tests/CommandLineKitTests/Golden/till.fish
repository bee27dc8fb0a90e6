# fish completion for till

# Whether the words before the cursor select a command. $argv: its words as one, then, if it matters,
# how many arguments follow them, as an operator and a number for test.
function __till_at
    set -l command
    set -l arguments 0
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            set option ''
        else if string match -q -- '-?*' $word
            if contains -- "$command|$word" $__till_at_valued; or contains -- "|$word" $__till_at_valued
                set option $word
            end
        else if test $arguments -eq 0; and contains -- (string join -- ' ' $command $word) $__till_at_paths
            set -a command $word
        else
            set arguments (math $arguments + 1)
        end
    end
    test "$command" = "$argv[1]"; and begin
        not set -q argv[2]; or test $arguments $argv[2..3]
    end
end

set -g __till_at_paths 'sale' 'drawer' 'drawer coin' 'open' 'sale add' 'sale list' 'drawer coin add' 'drawer state' 'version' 'help' 'help sale' 'help drawer' 'help drawer coin'
set -g __till_at_valued 'open|--float' 'open|--export' 'sale add|-a' 'sale add|--amount' 'sale add|--note' 'sale list|-s' 'sale list|--state' 'sale list|--limit' 'drawer|--sound' 'drawer coin add|--sound' '|--ledger'

complete -c till -f
complete -c till -s j -l json -d 'Print JSON'
complete -c till -l ledger -r -F -d 'The ledger to use (default: ~/till.db)'
complete -c till -s h -l help -d 'Show help'
complete -c till -n '__till_at "" -eq 0' -a 'open' -d 'Open the till for the day'
complete -c till -n '__till_at "" -eq 0' -a 'sale' -d 'Ring up and look back'
complete -c till -n '__till_at "" -eq 0' -a 'drawer' -d 'Watch the drawer until stopped'
complete -c till -n '__till_at "" -eq 0' -a 'help' -d 'Show help for a command'
complete -c till -n '__till_at "" -eq 0' -a 'version' -d 'Show the version'
complete -c till -n '__till_at ""' -l version -d 'Show the version'
complete -c till -n '__till_at "sale" -eq 0' -a 'add' -d 'Ring up a sale'
complete -c till -n '__till_at "sale" -eq 0' -a 'list' -d 'List the sales'
complete -c till -n '__till_at "drawer" -eq 0' -a 'coin' -d 'Put coins in and out'
complete -c till -n '__till_at "drawer" -eq 0' -a 'state' -d 'Count what is in it'
complete -c till -n '__till_at "drawer"' -s b -l bell -d 'Ring when it opens'
complete -c till -n '__till_at "drawer"' -l sound -r -f -a 'ding dong' -d 'How it rings'
complete -c till -n '__till_at "drawer coin" -eq 0' -a 'add' -d 'Put a coin in'
complete -c till -n '__till_at "open"' -l float -x -d 'The cash to begin with'
complete -c till -n '__till_at "open"' -l export -r -f -a '(__fish_complete_directories)' -d 'Where to leave the books'
complete -c till -n '__till_at "sale add"' -s a -l amount -x -d 'The price, negative for a return'
complete -c till -n '__till_at "sale add"' -l note -x -d 'A remark for the ledger'
complete -c till -n '__till_at "sale add"' -s n -l dry-run -d 'Say what would happen | change nothing'
complete -c till -n '__till_at "sale add" -ge 1' -F
complete -c till -n '__till_at "sale list"' -s s -l state -r -f -a 'paid open void' -d 'Only sales in this state'
complete -c till -n '__till_at "sale list"' -l limit -x -d 'How many at most (1 to 500; default: 50)'
complete -c till -n '__till_at "sale list" -eq 0' -f -a 'newest oldest'
complete -c till -n '__till_at "drawer coin add"' -l sound -x -d 'How it falls'
complete -c till -n '__till_at "drawer coin add" -eq 0' -f -a 'one two'
complete -c till -n '__till_at "help" -eq 0' -a 'open' -d 'Open the till for the day'
complete -c till -n '__till_at "help" -eq 0' -a 'sale' -d 'Ring up and look back'
complete -c till -n '__till_at "help" -eq 0' -a 'drawer' -d 'Watch the drawer until stopped'
complete -c till -n '__till_at "help" -eq 0' -a 'help' -d 'Show help for a command'
complete -c till -n '__till_at "help" -eq 0' -a 'version' -d 'Show the version'
complete -c till -n '__till_at "help sale" -eq 0' -a 'add' -d 'Ring up a sale'
complete -c till -n '__till_at "help sale" -eq 0' -a 'list' -d 'List the sales'
complete -c till -n '__till_at "help drawer" -eq 0' -a 'coin' -d 'Put coins in and out'
complete -c till -n '__till_at "help drawer" -eq 0' -a 'state' -d 'Count what is in it'
complete -c till -n '__till_at "help drawer coin" -eq 0' -a 'add' -d 'Put a coin in'
