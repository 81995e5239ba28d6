/* The baseline of verify: the same Argon2id, once, on the system's libargon2, and nothing
   else. Takes the PHC string as argument and the secret on stdin. */
#include <argon2.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    char secret[256];
    if (argc != 2 || !fgets(secret, sizeof secret, stdin)) {
        return 2;
    }
    secret[strcspn(secret, "\r\n")] = 0;
    return argon2id_verify(argv[1], secret, strlen(secret)) == ARGON2_OK ? 0 : 1;
}
