# SPDX-License-Identifier: LGPL-2.1-or-later
#
# urun.fish - completion of urun for fish. Commands and options are read from `urun --help`, so they are always those of
# the program in $PATH.

# The bundles; where there are none, the directories on the way to them.
function __urun_bundles
    set -l dirs (__fish_complete_directories (commandline -ct) bundle)
    set -l bundles
    for line in $dirs
        set -l dir (string split \t -- $line)[1]
        test -e (string unescape -- $dir)/config.json; and set -a bundles $line
    end
    if set -q bundles[1]
        printf '%s\n' $bundles
    else
        printf '%s\n' $dirs
    end
end

# The words before the cursor that are no options and no values: the command first.
function __urun_words
    set -l skip 0
    set -l ended 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if test $ended = 0; and contains -- $word $__urun_with_value
            set skip 1
        else if test "$word" = --
            set ended 1
        else if test $ended = 1; or not string match -q -- '-*' $word
            printf '%s\n' $word
        end
    end
end

# The command of the line, if there is one yet.
function __urun_command
    set -l words (__urun_words)
    contains -- "$words[1]" $__urun_commands; and echo $words[1]
end

function __urun_is
    contains -- (__urun_command) $argv
end

# Are there options of the command at the cursor? Behind some words all is for another program.
function __urun_has_options
    __urun_is $argv; or return 1
    switch $argv
        case exec ps top unshare
            test (count (__urun_words)) = 1
        case run explain create kill
            test (count (__urun_words)) -le 2
    end
end

# Is the word at the cursor number $argv[1] behind the command?
function __urun_is_word
    string match -q -- '-*' (commandline -ct); and return 1
    test (count (__urun_words)) = $argv[1]
end

function __urun_is_runc_form
    string match -qr -- '^(-b|--bundle(=|$))' (commandline -opc)
end

# The state directory, if one is given.
function __urun_root
    set -l words (commandline -opc)
    set -l i (contains -i -- --root $words)
    and echo --root=$words[(math $i + 1)]
    or string match -- '--root=*' $words
end

# The ids of containers with the statuses in $argv, or of all; without those that stand there already.
function __urun_ids
    set -l words (__urun_words)
    set -l statuses (string join , -- $argv)
    for id in (urun (__urun_root) list -q (test -n "$statuses"; and echo --status=$statuses) 2>/dev/null)
        contains -- $id $words[2..-1]; or echo $id
    end
end

function __urun_signals
    for name in (kill -l | string match -ra '[A-Z][A-Z0-9]+')
        echo $name
        string match -q 'S*' -- (commandline -ct); and echo SIG$name
    end
end

function __urun_capabilities
    urun features 2>/dev/null | string match -ra -g '"(CAP_[A-Z_]+)"'
end

set -g __urun_commands help version
set -g __urun_with_value

# The options of the command, or without one those of urun itself.
function __urun_add_options
    set -l command $argv
    set -l seen
    set -l condition 'not __urun_command'
    set -q command[1]; and set condition "__urun_has_options $command"
    set -l lines (urun $command --help 2>/dev/null)
    for i in (seq (count $lines))
        # Every group takes part in the match: fish forgets those that do not.
        set -l m (string match -r -- '^  (-.,|   ) --([a-z-]+)(\[=|)( |)(.*?)(\]|)$' $lines[$i])
        or continue
        set -l letter (string match -r '[a-z]' -- $m[2])
        set -l name $m[3]
        set -l maybe $m[4]
        set -l arg $m[6]
        set -l text (string trim -- $lines[(math $i + 1)])
        set -l -- words -c urun -n $condition -l $name -d $text
        contains -- $name $seen; and continue
        set -a seen $name
        if test -n "$letter"; and not contains -- -$letter $seen
            set -a -- words -s $letter
            set -a -- seen -$letter
        end
        if test -n "$maybe"
            set -a -- words -f -a (string replace -a '|' ' ' -- $arg)
        else if test -n "$arg"
            set -a -- __urun_with_value --$name
            test -n "$letter"; and set -a -- __urun_with_value -$letter
            switch $name
                case bundle
                    set -a -- words -x -a '(__urun_bundles)'
                case userns
                    test $arg = MODE; and set arg 'auto|full|single|keep-id|keep-id:uid=|nomap|config'
                    set -a -- words -x -a (string replace -a '|' ' ' -- $arg)
                case network
                    set -a -- words -x -a 'auto slirp4netns pasta host none ns: container: config'
                case signal
                    set -a -- words -x -a '(__urun_signals)'
                case status
                    set -a -- words -x -a '(__fish_append , creating created running paused stopped)'
                case cap
                    set -a -- words -x -a '(__urun_capabilities)'
                case env
                    set -a -- words -x -a '(set -nx)'
                case volume
                    set -a -- words -r -F
                case root rootfs
                    set -a -- words -x -a '(__fish_complete_directories (commandline -ct))'
                case '*'
                    if string match -q '*|*' -- $arg
                        set -a -- words -x -a (string replace -a '|' ' ' -- $arg)
                    else if contains -- $arg FILE PATH
                        set -a -- words -r -F
                    else
                        set -a -- words -x
                    end
            end
        end
        complete $words
    end
end

complete -c urun -f
for line in (urun --help 2>/dev/null | sed -nE '/^Commands:$/,/^$/s/^  ([a-z][a-z-]*) +(.*)/\1\t\2/p')
    set -l parts (string split \t -- $line)
    set -a __urun_commands $parts[1]
    complete -c urun -n 'not __urun_command' -a $parts[1] -d $parts[2]
    __urun_add_options $parts[1]
end
# Other words for the same.
for alias in rm ls unpause
    set -a __urun_commands $alias
    __urun_add_options $alias
end
complete -c urun -n 'not __urun_command' -a help -d 'Show the options of a command'
complete -c urun -n 'not __urun_command' -a version -d 'Show the version'
complete -c urun -n '__urun_is help; and __urun_is_word 1' -a '(string match -v version $__urun_commands)'
complete -c urun -n '__urun_is run explain; and __urun_is_word 1; and not __urun_is_runc_form' -a '(__urun_bundles)'
complete -c urun -n '__urun_is unshare; and __urun_is_word 1' -a '(__fish_complete_command)'
complete -c urun -n '__urun_is start' -a '(__urun_ids created)'
complete -c urun -n '__urun_is exec; and __urun_is_word 1' -a '(__urun_ids running)'
complete -c urun -n '__urun_is ps top events port; and __urun_is_word 1' -a '(__urun_ids running paused)'
complete -c urun -n '__urun_is kill update; and __urun_is_word 1' -a '(__urun_ids created running paused)'
complete -c urun -n '__urun_is kill; and __urun_is_word 2' -a '(__urun_signals)'
complete -c urun -n '__urun_is port; and __urun_is_word 2' -a 'ls add rm'
complete -c urun -n '__urun_is stats' -a '(__urun_ids running paused)'
complete -c urun -n '__urun_is stop' -a '(__urun_ids created running paused)'
complete -c urun -n '__urun_is pause' -a '(__urun_ids running)'
complete -c urun -n '__urun_is resume unpause' -a '(__urun_ids paused)'
complete -c urun -n '__urun_is state logs; and __urun_is_word 1' -a '(__urun_ids)'
complete -c urun -n '__urun_is inspect wait delete rm' -a '(__urun_ids)'
__urun_add_options
functions -e __urun_add_options
